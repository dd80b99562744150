import { type ComponentType, useEffect, useState } from "react";
import { onProofNeeded } from "@/api";

export interface ProveProps {
  /** True once the user has confirmed their identity, false when they cancel. */
  onAnswer: (isProven: boolean) => void;
}

interface Question extends ProveProps {
  Dialog: ComponentType<ProveProps>;
}

/** Has users confirm their identity where the server requires recent authentication; the request then continues. */
export function ProveAgain() {
  const [question, setQuestion] = useState<Question>();
  useEffect(
    () =>
      onProofNeeded(async () => {
        const dialog = await import("./prove-dialog").catch(() => undefined);
        if (dialog === undefined) return false;
        return new Promise((onAnswer) => setQuestion({ Dialog: dialog.ProveDialog, onAnswer }));
      }),
    [],
  );
  if (question === undefined) return null;
  const answer = (isProven: boolean) => {
    setQuestion(undefined);
    question.onAnswer(isProven);
  };
  return <question.Dialog onAnswer={answer} />;
}
