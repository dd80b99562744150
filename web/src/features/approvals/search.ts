import * as z from "zod/mini";
import type { ApprovalState } from "@/api";
import { maybe } from "@/lib/search";

export const APPROVAL_STATES = [
  "waiting",
  "approved",
  "executed",
  "rejected",
  "cancelled",
  "expired",
  "refused",
] as const satisfies readonly ApprovalState[];

/** Whose acts: those that the caller asked for, or those that wait for the caller. */
export const APPROVAL_SHARES = ["mine", "needsMe"] as const;

/** The list's filters, as they stand in the URL; what does not fit is left out. */
export const approvalSearch = z.object({
  state: maybe(z.enum(APPROVAL_STATES)),
  show: maybe(z.enum(APPROVAL_SHARES)),
});

export type ApprovalSearch = z.infer<typeof approvalSearch>;
