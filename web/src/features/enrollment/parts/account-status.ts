import type { AcmeAccount } from "@/api";
import type { Tone } from "@/components/ui/badge";

export type Standing = AcmeAccount["state"] | "keyRevoked" | "keyExpired";

export const TONES: Record<Standing, Tone> = {
  valid: "good",
  deactivated: "neutral",
  revoked: "danger",
  keyRevoked: "danger",
  keyExpired: "neutral",
};

/** Whether an account may do anything, and if not, why: it ends with the key that it was bound by. */
export function standing(account: AcmeAccount, now: number): Standing {
  if (account.state !== "valid") return account.state;
  if (account.token_revoked_at !== null) return "keyRevoked";
  return Date.parse(account.token_expires) > now ? "valid" : "keyExpired";
}
