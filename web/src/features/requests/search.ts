import * as z from "zod/mini";
import type { EnrollmentState } from "@/api";
import { maybe } from "@/lib/search";

export const REQUEST_STATES = [
  "awaiting_approval",
  "ready",
  "issuing",
  "issued",
  "refused",
  "rejected",
  "cancelled",
  "expired",
  "failed",
] as const satisfies readonly EnrollmentState[];

/** Requests of the caller, or requests that wait for the caller's approval. */
export const REQUEST_SHARES = ["mine", "needsMe"] as const;

/** The filters of the list in the URL; invalid ones are ignored. */
export const requestSearch = z.object({
  state: maybe(z.enum(REQUEST_STATES)),
  show: maybe(z.enum(REQUEST_SHARES)),
});

export type RequestSearch = z.infer<typeof requestSearch>;
