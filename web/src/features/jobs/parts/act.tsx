import { useTranslation } from "react-i18next";
import type { Job } from "@/api";
import { Button } from "@/components/ui/button";
import { type JobAction, useControlJob } from "../mutations";

/** The one thing that can be done about a job as it is now. */
export function JobAct({ job }: { job: Pick<Job, "id" | "kind" | "state"> }) {
  const { t } = useTranslation();
  const control = useControlJob(job);
  const action = actionFor(job);
  if (action === undefined) return null;
  return (
    <Button size="sm" busy={control.isPending} onClick={() => control.mutate(action)}>
      {t(`jobs.act.${action}`)}
    </Button>
  );
}

/** What runs can be cancelled when it is bulk work, which looks between two rows; all else is over in a moment. */
function actionFor({ kind, state }: Pick<Job, "kind" | "state">): JobAction | undefined {
  if (state === "queued" || (state === "running" && kind === "bulk")) return "cancel";
  return state === "failed" || state === "cancelled" ? "retry" : undefined;
}
