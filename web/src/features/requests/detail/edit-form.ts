import type { TFunction } from "i18next";
import type { CertificateRequest, RequestEditBody } from "@/api";
import type { Compared } from "@/components/comparison";
import { parseSans } from "@/lib/sans";
import { validityText } from "../parts/texts";

export interface EditForm {
  sans: string;
  subject: string;
  profile: string;
  validity: string;
  key_type: string;
}

export const EDIT_FIELDS = ["sans", "subject", "profile", "validity", "key_type"] as const;

export function editStart(request: CertificateRequest): EditForm {
  return {
    sans: request.sans.join("\n"),
    subject: request.subject,
    profile: request.profile,
    validity: "",
    key_type: request.key_type,
  };
}

/** What is to be otherwise, and of which plan; undefined where nothing is. */
export function editBody(form: EditForm, request: CertificateRequest): RequestEditBody | undefined {
  const sans = parseSans(form.sans);
  const changed = {
    ...(!isSame(sans, request.sans) && { sans }),
    ...(form.subject.trim() !== request.subject && { subject: form.subject.trim() }),
    ...(form.profile !== request.profile && { profile: form.profile }),
    ...(form.validity && { validity: form.validity }),
    ...(request.key_generated &&
      form.key_type !== request.key_type && { key_type: form.key_type as NonNullable<RequestEditBody["key_type"]> }),
  };
  return Object.keys(changed).length > 0 ? { plan_sha256: request.plan_sha256, ...changed } : undefined;
}

/** The same for people: the present value and the new value of each field. */
export function editedRows(
  t: TFunction,
  language: string,
  form: EditForm,
  request: CertificateRequest,
): readonly Compared[] {
  const body = editBody(form, request);
  if (body === undefined) return [];
  const rows = [
    body.sans && { label: t("certificates.fact.names"), before: request.sans, after: body.sans },
    body.subject !== undefined && {
      label: t("certificates.fact.subject"),
      before: textOf(request.subject),
      after: textOf(body.subject ?? ""),
    },
    body.profile && { label: t("requests.profile"), before: [request.profile], after: [body.profile] },
    body.validity && {
      label: t("requests.validity"),
      before: validityText(t, language, request.plan.validity),
      after: validityText(t, language, { duration: body.validity as string }),
    },
    body.key_type && { label: t("requests.key"), before: [request.key_type], after: [body.key_type] },
  ];
  return rows.filter((row): row is Compared => typeof row === "object");
}

function textOf(text: string): readonly string[] {
  return text === "" ? [] : [text];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
