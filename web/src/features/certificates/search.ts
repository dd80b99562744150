import * as z from "zod/mini";
import { maybe } from "@/lib/search";

export const CERTIFICATE_STATES = ["valid", "held", "revoked", "expired"] as const;

/** The filters of the list in the URL; invalid ones are ignored. */
export const certificateSearch = z.object({
  query: maybe(z.string().check(z.maxLength(512))),
  ca: maybe(z.string().check(z.maxLength(200))),
  profile: maybe(z.string().check(z.maxLength(200))),
  state: maybe(z.enum(CERTIFICATE_STATES)),
  within: maybe(z.int().check(z.minimum(1), z.maximum(3650))),
  expires_from: maybe(z.iso.datetime({ offset: true })),
  expires_before: maybe(z.iso.datetime({ offset: true })),
  issued_from: maybe(z.iso.datetime({ offset: true })),
  issued_before: maybe(z.iso.datetime({ offset: true })),
  revoked_from: maybe(z.iso.datetime({ offset: true })),
  revoked_before: maybe(z.iso.datetime({ offset: true })),
});

export type CertificateSearch = z.infer<typeof certificateSearch>;

export const CERTIFICATE_TABS = ["overview", "timeline", "install", "raw"] as const;
export type CertificateTab = (typeof CERTIFICATE_TABS)[number];

export const certificateTabSearch = z.object({ tab: maybe(z.enum(CERTIFICATE_TABS)) });

export const issueSearch = z.object({ rekeys: maybe(z.string().check(z.maxLength(100))) });
