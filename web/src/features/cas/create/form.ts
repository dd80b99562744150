import * as z from "zod/mini";
import type { CaBody, CertificatePolicyBody } from "@/api";
import { escapeName } from "@/lib/names";
import { parseSans } from "@/lib/sans";

export const CA_KEY_TYPES = [
  "ECDSA-P256",
  "ECDSA-P384",
  "ECDSA-P521",
  "Ed25519",
  "Ed448",
  "RSA-3072",
  "RSA-4096",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
] as const;

export const CA_LIFETIMES = ["P1Y", "P3Y", "P5Y", "P10Y", "P20Y"] as const;

/** The option for an external parent. */
export const OUTSIDE = "outside";

/** A policy's OID, and after a space the address of its practice statement where it has one. */
const POLICY = /^([0-2](?:\.\d+)+)(?:\s+(https?:\/\/\S+))?$/;

const isPolicy = (line: string) => POLICY.test(line);
const linesOf = (text: string) => text.split("\n").flatMap((line) => line.trim() || []);

export const schema = z
  .object({
    name: z.string().check(z.trim(), z.minLength(1), z.maxLength(200)),
    organisation: z.string().check(z.trim(), z.maxLength(64)),
    parent: z.string(),
    key_type: z.enum(CA_KEY_TYPES),
    validity: z.enum(CA_LIFETIMES),
    path_length: z.string().check(z.regex(/^\d{0,2}$/)),
    permitted: z.string(),
    policies: z.string(),
    backend: z.string(),
  })
  .check(z.refine((form) => !form.parent || linesOf(form.policies).every(isPolicy), { path: ["policies"] }));

export type CaForm = z.infer<typeof schema>;
export const FIELDS = [
  "name",
  "parent",
  "key_type",
  "validity",
  "path_length",
  "permitted",
  "policies",
  "backend",
] as const;

export const EMPTY: CaForm = {
  name: "",
  organisation: "",
  parent: "",
  key_type: "ECDSA-P384",
  validity: "P10Y",
  path_length: "",
  permitted: "",
  policies: "",
  backend: "",
};

/** The subject is the name as CN, with the organisation where there is one. */
export function subjectOf(form: Pick<CaForm, "name" | "organisation">): string {
  const organisation = form.organisation.trim();
  const cn = `CN=${escapeName(form.name.trim())}`;
  return organisation ? `${cn},O=${escapeName(organisation)}` : cn;
}

/** One a line. A root has none: of a trust anchor only its name and key count (RFC 5280 §6.1.1). */
function policiesOf(form: Pick<CaForm, "parent" | "policies">): CertificatePolicyBody[] {
  if (!form.parent) return [];
  return linesOf(form.policies).flatMap((line) => {
    const [, oid, cps] = POLICY.exec(line) ?? [];
    return oid === undefined ? [] : [cps === undefined ? { oid } : { oid, cps }];
  });
}

export function bodyOf(form: CaForm): CaBody {
  const permitted = parseSans(form.permitted);
  const policies = policiesOf(form);
  return {
    name: form.name,
    subject: subjectOf(form),
    key_type: form.key_type,
    ...(form.parent === OUTSIDE ? { external_parent: true } : { validity: form.validity }),
    ...(form.parent !== OUTSIDE && form.parent && { parent: form.parent }),
    ...(form.path_length && { path_length: Number(form.path_length) }),
    ...(permitted.length > 0 && { name_constraints: { permitted } }),
    ...(policies.length > 0 && { policies }),
    ...(form.backend && { backend: form.backend }),
  };
}
