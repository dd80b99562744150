import * as z from "zod/mini";
import type { AcmeKeyBody } from "@/api";

export const LIFETIMES = ["P90D", "P1Y", "P2Y"] as const;

/** Whose certificates are issued at once, and whose wait until others approve them. */
export const ROLES = ["registration-authority", "requester"] as const;

/** One CA and one profile, by their names: that is what a directory is for. No line of names is no limit. */
export const schema = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
  ca: z.string().check(z.minLength(1)),
  profile: z.string().check(z.minLength(1)),
  names: z.string(),
  role: z.enum(ROLES),
  expires: z.enum(LIFETIMES),
  open: z.boolean(),
});

export type KeyForm = z.infer<typeof schema>;
export const FIELDS = ["name", "ca", "profile", "names", "role", "expires", "open"] as const;

export function bodyOf(form: KeyForm): AcmeKeyBody {
  const names = form.names.split("\n").flatMap((line) => line.trim() || []);
  return {
    name: form.name,
    role: form.role,
    expires: form.expires,
    cas: [form.ca],
    profiles: [form.profile],
    names: names.length > 0 ? names : null,
    open: form.open,
  };
}
