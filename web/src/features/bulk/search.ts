import * as z from "zod/mini";
import type { BulkRowState } from "@/api";
import { maybe } from "@/lib/search";

export const ROW_STATES = ["received", "checked", "done", "refused"] as const satisfies readonly BulkRowState[];

/** The filter of a job's rows in the URL. */
export const bulkSearch = z.object({ state: maybe(z.enum(ROW_STATES)) });

export type BulkSearch = z.infer<typeof bulkSearch>;
