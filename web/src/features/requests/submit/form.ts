import type { RequestBody } from "@/api";
import { fieldsPart } from "@/features/certificates";
import { BROWSER_KEY_TYPES } from "@/lib/browser-key";
import { parseSans } from "@/lib/sans";

export interface SubmitForm {
  source: "browser" | "csr" | "here";
  csr: string;
  key_type: string;
  sans: string;
  ca: string;
  profile: string;
  validity: string;
  comment: string;
  fields: Record<string, string>;
  fromRoot: boolean;
}

export const SUBMIT_FIELDS = ["csr", "key_type", "sans", "ca", "profile", "validity", "comment", "fields"] as const;

export const SUBMIT_START: SubmitForm = {
  source: "browser",
  csr: "",
  key_type: "ECDSA-P256",
  sans: "",
  ca: "",
  profile: "",
  validity: "",
  comment: "",
  fields: {},
  fromRoot: false,
};

/** The request that the form describes; `browserCsr` is the CSR of a key that this browser generated. */
export function requestBody(form: SubmitForm, browserCsr?: string): RequestBody {
  const sans = parseSans(form.sans);
  return {
    ca: form.ca,
    profile: form.profile,
    ...(form.source === "here"
      ? { key_type: form.key_type as NonNullable<RequestBody["key_type"]> }
      : { csr: browserCsr ?? form.csr }),
    ...(sans.length > 0 && { sans }),
    ...(form.validity && { validity: form.validity }),
    ...fieldsPart(form.fields),
    ...(form.comment.trim() && { comment: form.comment.trim() }),
  };
}

/** The key types to choose from, the one that most people want first. */
export function offeredTypes(source: SubmitForm["source"], allowed: readonly string[] | undefined): string[] {
  const types = source === "here" ? (allowed ?? []) : BROWSER_KEY_TYPES;
  const offered = types.filter((type) => allowed?.includes(type) ?? true);
  const usual = SUBMIT_START.key_type;
  return offered.includes(usual) ? [usual, ...offered.filter((type) => type !== usual)] : offered;
}
