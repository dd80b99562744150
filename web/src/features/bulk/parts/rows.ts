import type { BulkAction, RowForm } from "@/api";

/** What can be done to certificates by a file, and the columns that each row may have. */
export const ACTIONS = ["issue", "renew", "revoke", "export"] as const satisfies readonly BulkAction[];
export type Action = (typeof ACTIONS)[number];

export const COLUMNS: Record<Action, readonly string[]> = {
  issue: ["csr", "ca", "profile", "subject", "sans", "validity", "reference"],
  renew: ["certificate", "validity", "reference"],
  revoke: ["certificate", "reason", "invalidity_date", "reference"],
  export: ["certificate", "reference"],
};

/** NDJSON begins with an object; everything else is CSV with a header line. */
export function formOf(content: string): RowForm {
  return content.trimStart().startsWith("{") ? "ndjson" : "csv";
}

/** Rows that name certificates by their ids, one JSON object a line. */
export function rowsOf(ids: readonly string[]): string {
  return ids.map((certificate) => JSON.stringify({ certificate })).join("\n");
}
