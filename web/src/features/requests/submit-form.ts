import type { RequestBody } from "@/api";
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
  fromRoot: boolean;
}

export const SUBMIT_FIELDS = ["csr", "key_type", "sans", "ca", "profile", "validity", "comment"] as const;

export const SUBMIT_START: SubmitForm = {
  source: "browser",
  csr: "",
  key_type: "ECDSA-P256",
  sans: "",
  ca: "",
  profile: "",
  validity: "",
  comment: "",
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
    ...(form.comment.trim() && { comment: form.comment.trim() }),
  };
}
