import * as z from "zod/mini";
import type { JobState } from "@/api";
import { maybe } from "@/lib/search";

export const JOB_STATES = ["queued", "running", "done", "failed", "cancelled"] as const satisfies readonly JobState[];

/** The filters of the list in the URL. */
export const jobSearch = z.object({ state: maybe(z.enum(JOB_STATES)) });

export type JobSearch = z.infer<typeof jobSearch>;
