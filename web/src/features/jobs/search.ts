import type { JobState } from "@/api";

/** What the address may ask for; apart from the page, which is loaded later. */
export const JOB_STATES = ["queued", "running", "done", "failed", "cancelled"] as const satisfies readonly JobState[];
