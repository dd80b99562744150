import * as z from "zod/mini";
import type { CertificateBodyWritable } from "@/api";
import { isBrowserKey } from "@/lib/browser-key";
import { parseSans } from "@/lib/sans";
import { fieldsPart } from "./request-fields";

export const SOURCES = ["browser", "csr", "server"] as const;

const PASSPHRASE = /^[\x20-\x7e]{8,128}$/;

export const schema = z
  .object({
    source: z.enum(SOURCES),
    ca: z.string().check(z.minLength(1)),
    profile: z.string().check(z.minLength(1)),
    csr: z.string(),
    keyType: z.string(),
    passphrase: z.string(),
    sans: z.string(),
    subject: z.string().check(z.maxLength(1000)),
    validity: z.string(),
    fields: z.record(z.string(), z.string()),
    fromRoot: z.boolean(),
    isShorterAccepted: z.boolean(),
  })
  .check(
    z.refine((form) => form.source !== "csr" || form.csr.trim() !== "", { path: ["csr"] }),
    z.refine((form) => form.source !== "server" || PASSPHRASE.test(form.passphrase), { path: ["passphrase"] }),
    z.refine((form) => form.source !== "browser" || isBrowserKey(form.keyType), { path: ["keyType"] }),
  );

export type IssueForm = z.infer<typeof schema>;
export const FIELDS = ["csr", "ca", "profile", "passphrase", "sans", "subject", "validity", "fields"] as const;

export const EMPTY: IssueForm = {
  source: "browser",
  ca: "",
  profile: "",
  csr: "",
  keyType: "ECDSA-P256",
  passphrase: "",
  sans: "",
  subject: "",
  validity: "",
  fields: {},
  fromRoot: false,
  isShorterAccepted: false,
};

/** Builds the request from the form; `csr` is the entered one, or that of a key generated in the browser. */
export function bodyOf(form: IssueForm, csr: string | undefined): CertificateBodyWritable {
  const sans = parseSans(form.sans);
  return {
    ca: form.ca,
    profile: form.profile,
    ...keyOf(form, csr),
    ...(sans.length > 0 && { sans }),
    ...(form.subject.trim() && { subject: form.subject.trim() }),
    ...(form.validity && { validity: form.validity }),
    ...fieldsPart(form.fields),
  };
}

type KeyPart = Pick<CertificateBodyWritable, "csr" | "key_type" | "passphrase">;

export function keyOf(form: IssueForm, csr: string | undefined): KeyPart {
  if (csr !== undefined) return { csr };
  return { key_type: form.keyType as CertificateBodyWritable["key_type"], passphrase: form.passphrase };
}
