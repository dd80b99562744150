import * as z from "zod/mini";
import { maybe } from "@/lib/search";

/** The filters of the audit log in the URL. */
export const OUTCOMES = ["success", "refused", "failed"] as const;

export const auditSearch = z.object({
  query: maybe(z.string().check(z.maxLength(200))),
  outcome: maybe(z.enum(OUTCOMES)),
  action: maybe(z.string().check(z.maxLength(100))),
  actor: maybe(z.string().check(z.maxLength(200))),
  object_id: maybe(z.string().check(z.maxLength(200))),
  since: maybe(z.iso.datetime()),
  until: maybe(z.iso.datetime()),
});

export type AuditSearch = z.infer<typeof auditSearch>;
