import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Job, type JobState, rest, toApiError, useRefresh } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";

const TONES: Record<JobState, Tone> = {
  queued: "neutral",
  running: "accent",
  done: "good",
  failed: "danger",
  cancelled: "neutral",
};

export function JobBadge({ state }: { state: JobState }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`jobs.state.${state}`)}</Badge>;
}

/** The one thing that can be done about a job as it is now. */
export function JobAct({ job }: { job: Pick<Job, "id" | "kind" | "state"> }) {
  const { t } = useTranslation();
  const refresh = useRefresh("job");
  const path = { job: job.id };
  const run = useMutation({
    mutationFn: (act: "cancel" | "retry") => (act === "cancel" ? rest.cancelJob({ path }) : rest.retryJob({ path })),
    onSuccess: () => refresh(),
    onError: (error) => toast(toApiError(error).message, { tone: "danger" }),
  });
  const act = actFor(job);
  if (act === undefined) return null;
  return (
    <Button size="sm" busy={run.isPending} onClick={() => run.mutate(act)}>
      {t(`jobs.act.${act}`)}
    </Button>
  );
}

/** What runs can be cancelled when it is bulk work, which looks between two rows; all else is over in a moment. */
function actFor({ kind, state }: Pick<Job, "kind" | "state">): "cancel" | "retry" | undefined {
  if (state === "queued" || (state === "running" && kind === "bulk")) return "cancel";
  return state === "failed" || state === "cancelled" ? "retry" : undefined;
}
