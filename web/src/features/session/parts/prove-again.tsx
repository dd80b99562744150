import { type ComponentType, useEffect, useState } from "react";
import { onProofNeeded } from "@/api";
import type { ProveProps } from "./prove-props";

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
