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

/** Whose requests: those that the caller asked for, or those that wait for the caller. */
export const REQUEST_SHARES = ["mine", "needsMe"] as const;

/** The list's filters, as they stand in the URL; what does not fit is left out. */
export const requestSearch = z.object({
  state: maybe(z.enum(REQUEST_STATES)),
  show: maybe(z.enum(REQUEST_SHARES)),
});

export type RequestSearch = z.infer<typeof requestSearch>;
