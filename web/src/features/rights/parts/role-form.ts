import * as z from "zod/mini";
import type { Permission, RoleBody } from "@/api";
import type { CustomRole } from "../queries";

export const REACHES = ["all", "team", "own"] as const;

/** What is ticked or written; lists of names are lines, and no line is no limit. */
export const schema = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
  description: z.string().check(z.trim(), z.maxLength(2048)),
  permissions: z.array(z.string()).check(z.minLength(1)),
  cas: z.array(z.string()),
  profiles: z.array(z.string()),
  names: z.string(),
  reach: z.enum(REACHES),
});

export type RoleForm = z.infer<typeof schema>;
export const FIELDS = ["name", "description", "permissions", "cas", "profiles", "names", "reach"] as const;

export const EMPTY: RoleForm = {
  name: "",
  description: "",
  permissions: [],
  cas: [],
  profiles: [],
  names: "",
  reach: "all",
};

export function formOf(role: CustomRole): RoleForm {
  return {
    name: role.name,
    description: role.description,
    permissions: [...role.permissions],
    cas: role.cas ?? [],
    profiles: role.profiles ?? [],
    names: (role.names ?? []).join("\n"),
    reach: role.reach,
  };
}

export function bodyOf(form: RoleForm): RoleBody {
  const names = form.names.split("\n").flatMap((line) => line.trim() || []);
  return {
    name: form.name,
    description: form.description,
    permissions: form.permissions as Permission[],
    cas: form.cas.length > 0 ? form.cas : null,
    profiles: form.profiles.length > 0 ? form.profiles : null,
    names: names.length > 0 ? names : null,
    reach: form.reach,
  };
}
