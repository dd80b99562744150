import * as z from "zod/mini";
import type { CredentialBody, EabKeyBody, EnrollmentProtocol } from "@/api";

export const LIFETIMES = ["P7D", "P30D", "P90D", "P1Y", "P2Y"] as const;

/** The role of the clients: whether their certificates are issued at once, or wait until they are approved. */
export const ROLES = ["registration-authority", "requester"] as const;

export const NAMES_NEEDED = "names-needed";

/** One CA and one profile, by their names. Without a line, names and devices are not limited. */
const fields = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(200)),
  ca: z.string().check(z.minLength(1)),
  profile: z.string().check(z.minLength(1)),
  names: z.string(),
  devices: z.string(),
  role: z.enum(ROLES),
  expires: z.enum(LIFETIMES),
  open: z.boolean(),
  serverKeys: z.boolean(),
  preAuthorized: z.boolean(),
  legacyAlgorithms: z.boolean(),
  validator: z.string(),
  ra_certificate: z.string(),
});

/** A key whose clients skip validation must be limited to names. */
export const schema = fields.check(
  z.refine(({ preAuthorized, names }) => !preAuthorized || lines(names) !== null, {
    path: ["names"],
    message: NAMES_NEEDED,
  }),
);

export type CredentialForm = z.infer<typeof schema>;
export const FIELDS = [
  "name",
  "ca",
  "profile",
  "names",
  "devices",
  "role",
  "expires",
  "open",
  "validator",
  "ra_certificate",
] as const;

export function credentialBody(protocol: EnrollmentProtocol, form: CredentialForm): CredentialBody {
  const { name, ca, profile, role, expires } = form;
  const devices = deviceLines(form.devices);
  return {
    protocol,
    name,
    ca,
    profile,
    role,
    expires,
    names: lines(form.names),
    devices: protocol === "acme" || devices.length === 0 ? null : devices,
    server_keys: protocol === "est" && form.serverKeys,
    pre_authorized: protocol === "acme" && form.preAuthorized,
    legacy_algorithms: protocol === "scep" && form.legacyAlgorithms,
    validator: (protocol === "scep" && form.validator.trim()) || null,
    ra_certificate: (protocol === "cmp" && form.ra_certificate.trim()) || null,
  };
}

/** A key with which clients can also register without external account binding. */
export function openKeyBody(form: CredentialForm): EabKeyBody {
  const { name, ca, profile, role, expires } = form;
  return { name, cas: [ca], profiles: [profile], role, expires, names: lines(form.names), open: true };
}

/** The profile that a field has at first, by the names of all. */
export function preferredProfile(names: readonly string[]): string {
  return names.find((name) => name === "tls-server") ?? names[0] ?? "";
}

/** The devices of a list: one a line, without empty lines and comments. */
export function deviceLines(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => (line.trim().startsWith("#") ? [] : line.trim() || []));
}

function lines(text: string): string[] | null {
  const all = text.split("\n").flatMap((line) => line.trim() || []);
  return all.length > 0 ? all : null;
}
