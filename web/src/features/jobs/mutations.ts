import { type Job, rest } from "@/api";
import { useChange } from "@/shared/change";

export type JobAction = "cancel" | "retry";

/** Cancels a job, or runs one again that has failed. */
export function useControlJob(job: Pick<Job, "id">) {
  const path = { job: job.id };
  return useChange({
    send: (action: JobAction): Promise<{ data: unknown }> =>
      action === "cancel" ? rest.cancelJob({ path }) : rest.retryJob({ path }),
    changes: ["job"],
    isFailureToast: true,
  });
}
