import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmByName } from "@/components/confirm-by-name";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { useShortcuts } from "@/lib/use-shortcuts";
import { useDecide } from "../mutations";
import type { Decision } from "./may";

const SHORTCUTS = { approve: "a", reject: "r" } as const;
const NEEDS_REASON: ReadonlySet<Decision> = new Set(["reject", "override"]);
const MAX_REASON = 500;

interface DecisionsProps<Subject> {
  /** What is decided about; a decision is about the subject as it was when its dialog was opened, and no later one. */
  subject: Subject;
  name: string;
  acts: readonly Decision[];
  consequences: Record<Decision, readonly string[]>;
  perform: (decision: Decision, subject: Subject, reason: string) => Promise<{ data: unknown }>;
}

/** The decisions of an approver, by button or key, each with its consequence. */
export function Decisions<Subject>(props: DecisionsProps<Subject>) {
  const { t } = useTranslation();
  const { subject, acts } = props;
  const [asked, setAsked] = useState<{ act: Decision; subject: Subject }>();
  const ask = (act: Decision) => setAsked({ act, subject });
  useShortcuts(
    Object.fromEntries(
      Object.entries(SHORTCUTS)
        .filter(([act]) => acts.includes(act as Decision))
        .map(([act, key]) => [key, () => ask(act as Decision)]),
    ),
  );
  const dialog = asked && { ...props, ...asked, onClose: () => setAsked(undefined) };
  return (
    <>
      {acts.toReversed().map((act) => (
        <Button
          key={act}
          variant={act === "approve" ? "primary" : "secondary"}
          aria-keyshortcuts={shortcutOf(act)}
          onClick={() => ask(act)}
        >
          {t(`decisions.act.${act}`)}
          {shortcutOf(act) && (
            <kbd aria-hidden className="ml-0.5 text-xs font-normal opacity-70 max-sm:hidden">
              {shortcutOf(act)?.toUpperCase()}
            </kbd>
          )}
        </Button>
      ))}
      {dialog?.act === "approve" && <ApproveDialog {...dialog} />}
      {dialog && dialog.act !== "approve" && <EndDialog {...dialog} />}
    </>
  );
}

function shortcutOf(act: Decision): string | undefined {
  return act === "approve" || act === "reject" ? SHORTCUTS[act] : undefined;
}

interface DialogProps<Subject> extends DecisionsProps<Subject> {
  act: Decision;
  onClose: () => void;
}

function ApproveDialog<Subject>(props: DialogProps<Subject>) {
  const { t } = useTranslation();
  const { act, subject, perform, name, consequences, onClose } = props;
  const run = useDecide(act, subject, perform, onClose);
  return (
    <Dialog open onOpenChange={onClose} title={t("decisions.ask.approve", { name })}>
      <div className="flex flex-col gap-4 text-sm">
        {consequences.approve.map((one) => (
          <p key={one}>{one}</p>
        ))}
        <ErrorNotice error={run.failure} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button variant="primary" busy={run.isPending} onClick={() => run.mutate("")}>
          {t("decisions.act.approve")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function EndDialog<Subject>(props: DialogProps<Subject>) {
  const { t } = useTranslation();
  const { act, subject, perform, name, consequences, onClose } = props;
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const run = useDecide(act, subject, perform, onClose);
  const needsReason = NEEDS_REASON.has(act);
  const confirm = () => {
    const lacksReason = needsReason && reason.trim() === "";
    setMissing(lacksReason);
    if (!lacksReason) run.mutate(reason.trim());
  };
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t(`decisions.ask.${act}`, { name })}
      consequences={consequences[act]}
      verb={t(`decisions.act.${act}`)}
      name={act === "override" ? name : undefined}
      busy={run.isPending}
      error={run.failure}
      onConfirm={confirm}
    >
      {needsReason && (
        <Field
          label={t("decisions.why")}
          help={t("decisions.whyHelp")}
          error={isMissing ? t("decisions.whyMissing") : undefined}
        >
          <Textarea value={reason} maxLength={MAX_REASON} onChange={(event) => setReason(event.target.value)} />
        </Field>
      )}
    </ConfirmByName>
  );
}
