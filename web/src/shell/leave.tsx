import { useBlocker } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { confirmLeave, findAskedLoss, type LossKind, onLeaveQuestion } from "@/lib/leave-guard";
import { discardSecretFiles, saveSecretFiles } from "@/lib/secret-files";

interface Question {
  kind: Exclude<LossKind, "draft">;
  answer: (isLeaving: boolean) => void;
}

/** Asks before the user leaves a page that holds an unsaved key, a secret, or changes: by link, back button, reload or close. */
export function LeaveQuestion() {
  const [question, setQuestion] = useState<Question>();
  useEffect(
    () => onLeaveQuestion((kind) => new Promise((answer) => setQuestion({ kind: kind as Question["kind"], answer }))),
    [],
  );
  useBlocker({
    shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await confirmLeave()),
    enableBeforeUnload: () => findAskedLoss() !== undefined,
  });
  if (question === undefined) return null;
  const answer = (isLeaving: boolean) => {
    setQuestion(undefined);
    if (isLeaving && question.kind === "key") discardSecretFiles();
    question.answer(isLeaving);
  };
  return <LeaveDialog kind={question.kind} onAnswer={answer} />;
}

function LeaveDialog({ kind, onAnswer }: { kind: Question["kind"]; onAnswer: Question["answer"] }) {
  const { t } = useTranslation();
  const saveAndLeave = () => {
    saveSecretFiles();
    onAnswer(true);
  };
  return (
    <Dialog
      open
      onOpenChange={() => onAnswer(false)}
      title={t(`leave.${kind}.title`)}
      description={t(`leave.${kind}.text`)}
    >
      <DialogActions>
        <Button onClick={() => onAnswer(false)}>{t("common.cancel")}</Button>
        <Button variant={kind === "key" ? "secondary" : "danger"} onClick={() => onAnswer(true)}>
          {t(`leave.${kind}.verb`)}
        </Button>
        {kind === "key" && (
          <Button variant="primary" onClick={saveAndLeave}>
            {t("leave.key.save")}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
