import { useNavigate } from "@tanstack/react-router";
import { type BulkJob, type RevocationReason, type RowDefaults, rest, submitRows } from "@/api";
import { download } from "@/lib/download";
import { useChange } from "@/shared/change";
import { type Action, formOf, rowsOf } from "./parts/rows";

/** Starts a job, and opens its page. */
function useStartJob<Input>(send: (input: Input) => Promise<BulkJob>) {
  const navigate = useNavigate();
  return useChange({
    send: async (input: Input) => ({ data: await send(input) }),
    changes: ["job", "certificate"],
    onDone: (job) => navigate({ to: "/certificates/bulk/$job", params: { job: job.id } }),
  });
}

interface Rows {
  action: Action;
  content: string;
  defaults: RowDefaults;
}

/** Starts a job with the rows of a file. */
export function useStartFile() {
  return useStartJob(({ action, content, defaults }: Rows) =>
    submitRows(action, content, formOf(content), action === "issue" ? defaults : {}),
  );
}

/** Starts a job for selected certificates. */
export function useStartSelected(action: Action, ids: readonly string[]) {
  return useStartJob((reason: RevocationReason | undefined) =>
    submitRows(action, rowsOf(ids), "ndjson", reason === undefined ? {} : { reason }),
  );
}

/** Stores every certificate of a job in one file. */
export function useSaveCertificates(job: BulkJob) {
  return useChange({
    send: async () => {
      const { data } = await rest.getBulkFile({ path: { job: job.id }, parseAs: "blob" });
      download(data as Blob, "certificates.zip", "application/zip");
      return { data: undefined };
    },
    isFailureToast: true,
  });
}
