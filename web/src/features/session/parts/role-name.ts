import type { TFunction } from "i18next";

/** The roles of every installation. */
export const BUILTIN_ROLES = [
  "administrator",
  "ca-operator",
  "registration-authority",
  "requester",
  "auditor",
] as const;

/** The name of a built-in role in the user's language; a custom role has its own name. */
export function roleName(t: TFunction, role: string | null | undefined): string {
  return t(`role.${role ?? "none"}` as "role.none", { defaultValue: role ?? "" });
}
