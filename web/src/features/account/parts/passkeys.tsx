import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Passkey } from "@/api";
import { Moment } from "@/components/moment";
import { PanelRow } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { addPageTexts } from "@/lib/i18n";
import { account } from "@/lib/locales/en/pages/account";
import { knowsPasskeys } from "@/lib/passkey";
import { useAddPasskey, useRemovePasskey, useRenamePasskey } from "../mutations";

addPageTexts({ account });

/** Every passkey of the user, and a way to a new one. */
export function PasskeyRows({ passkeys }: { passkeys: readonly Passkey[] }) {
  const { t } = useTranslation();
  return (
    <>
      <PanelRow
        title={t("account.passkeys")}
        detail={t("account.passkeysHelp")}
        end={knowsPasskeys() && <AddPasskey size="sm" />}
      />
      {passkeys.map((passkey) => (
        <Row key={passkey.id} passkey={passkey} />
      ))}
    </>
  );
}

function Row({ passkey }: { passkey: Passkey }) {
  const { t } = useTranslation();
  const [isRenaming, setIsRenaming] = useState(false);
  const remove = useRemovePasskey(passkey);
  const rename = useRenamePasskey(passkey, () => setIsRenaming(false));
  return (
    <>
      <PanelRow
        title={passkey.name}
        detail={
          <>
            {t("account.made")} <Moment time={passkey.created_at} />
            {passkey.last_used_at && (
              <>
                {" · "}
                {t("account.used")} <Moment time={passkey.last_used_at} />
              </>
            )}
          </>
        }
        end={
          <>
            <Button
              size="sm"
              aria-label={t("account.renameNamed", { name: passkey.name })}
              onClick={() => setIsRenaming(true)}
            >
              {t("account.rename")}
            </Button>
            <Button
              size="sm"
              aria-label={t("account.removeNamed", { name: passkey.name })}
              busy={remove.isPending}
              onClick={() => remove.mutate()}
            >
              {t("account.remove")}
            </Button>
          </>
        }
      />
      <NameDialog
        open={isRenaming}
        title={t("account.rename")}
        name={passkey.name}
        busy={rename.isPending}
        onClose={() => setIsRenaming(false)}
        onName={(name) => rename.mutate(name)}
      />
    </>
  );
}

export function AddPasskey({ size = "md", onDone }: { size?: "sm" | "md"; onDone?: () => void }) {
  const { t } = useTranslation();
  const [isNaming, setIsNaming] = useState(false);
  const add = useAddPasskey(() => {
    setIsNaming(false);
    onDone?.();
  });
  return (
    <>
      <Button size={size} onClick={() => setIsNaming(true)}>
        {t("account.passkeyAdd")}
      </Button>
      <NameDialog
        open={isNaming}
        title={t("account.passkeyAdd")}
        name=""
        busy={add.isPending}
        onClose={() => setIsNaming(false)}
        onName={(name) => add.mutate(name)}
      />
    </>
  );
}

interface NameProps {
  open: boolean;
  title: string;
  name: string;
  busy: boolean;
  onClose: () => void;
  onName: (name: string) => void;
}

/** Asks for the name of a passkey. */
function NameDialog({ open, title, name, busy, onClose, onName }: NameProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onName(typed.trim());
  };
  return (
    <Dialog open={open} onOpenChange={onClose} title={title} description={t("account.passkeyNameHelp")}>
      <form onSubmit={submit}>
        <Field label={t("common.name")}>
          <Input autoFocus maxLength={100} value={typed} onChange={(event) => setTyped(event.target.value)} />
        </Field>
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={busy} disabled={typed.trim() === ""}>
            {t("signIn.confirm")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
