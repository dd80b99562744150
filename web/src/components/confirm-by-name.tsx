import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNotice, type Told } from "./states";
import { Button } from "./ui/button";
import { Dialog, DialogActions } from "./ui/dialog";
import { Field, Input } from "./ui/field";

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  consequences: readonly ReactNode[];
  verb: string;
  /** What has to be typed; without it the click alone is enough. */
  name?: string | undefined;
  busy: boolean;
  error: Told | null;
  onConfirm: () => void;
  children?: ReactNode;
}

/** A dangerous act: what will happen, the name typed, and a button that is never the default one. */
export function ConfirmByName(props: ConfirmProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const { open, onOpenChange, title, consequences, verb, name, busy, error, onConfirm, children } = props;
  const change = (next: boolean) => {
    setTyped("");
    onOpenChange(next);
  };
  return (
    <Dialog open={open} onOpenChange={change} title={title}>
      <div className="flex flex-col gap-4">
        <ul className="list-disc space-y-1 pl-5 text-sm">
          {consequences.map((consequence, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change while it is shown
            <li key={index}>{consequence}</li>
          ))}
        </ul>
        {children}
        {name !== undefined && (
          <Field label={t("common.typeToConfirm", { name })}>
            <Input value={typed} onChange={(event) => setTyped(event.target.value)} />
          </Field>
        )}
        <ErrorNotice error={error} />
      </div>
      <DialogActions>
        <Button onClick={() => change(false)}>{t("common.cancel")}</Button>
        <Button variant="danger" disabled={name !== undefined && typed !== name} busy={busy} onClick={onConfirm}>
          {verb}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
