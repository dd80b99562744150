import { rest } from "@/api";
import { download } from "@/lib/download";
import { useChange } from "@/shared/change";

export const EXPORT_FORMATS = { jsonl: "application/jsonl", csv: "text/csv" } as const;
export type ExportFormat = keyof typeof EXPORT_FORMATS;

interface Export {
  format: ExportFormat;
  /** RFC 3339. */
  since?: string;
  until?: string;
}

/** Stores the audit log of a time as a file. */
export function useExportAudit(onDone: () => void) {
  return useChange({
    send: async (query: Export) => {
      const { data } = await rest.exportAudit({ query, parseAs: "blob" });
      download(data as unknown as Blob, `audit.${query.format}`, EXPORT_FORMATS[query.format]);
      return { data: undefined };
    },
    onDone,
  });
}
