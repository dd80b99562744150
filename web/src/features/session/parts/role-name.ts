import type { TFunction } from "i18next";

/** Those that every installation has. */
export const STANDING_ROLES = [
  "administrator",
  "ca-operator",
  "registration-authority",
  "requester",
  "auditor",
] as const;

/** A standing role in the user's language; a role of one's own by the name it was given. */
export function roleName(t: TFunction, role: string | null | undefined): string {
  return t(`role.${role ?? "none"}` as "role.none", { defaultValue: role ?? "" });
}
