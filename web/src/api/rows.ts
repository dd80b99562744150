import { type BulkAction, type BulkJob, submitBulk } from "./generated";

export type RowForm = "csv" | "ndjson";
export type RowDefaults = { ca?: string; profile?: string; validity?: string; reason?: string };

const MEDIA_TYPES: Record<RowForm, string> = { csv: "text/csv", ndjson: "application/x-ndjson" };

/** Many certificates by one file, which goes out exactly as it is; `defaults` stand where a row says nothing. */
export async function submitRows(
  action: BulkAction,
  content: string,
  form: RowForm,
  defaults: RowDefaults = {},
): Promise<BulkJob> {
  const { data } = await submitBulk({
    query: { action, ...defaults },
    body: content,
    bodySerializer: null,
    headers: { "Content-Type": MEDIA_TYPES[form] },
  });
  return data as BulkJob;
}
