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

/** Operations that the caller requested, or that wait for the caller's approval. */
export const APPROVAL_SHARES = ["mine", "needsMe"] as const;

/** The filters of the list in the URL; invalid ones are ignored. */
export const approvalSearch = z.object({
  state: maybe(z.enum(APPROVAL_STATES)),
  show: maybe(z.enum(APPROVAL_SHARES)),
});

export type ApprovalSearch = z.infer<typeof approvalSearch>;
