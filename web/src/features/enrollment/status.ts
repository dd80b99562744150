import type { Credential } from "@/api";
import type { Tone } from "@/components/ui/badge";

export type CredentialState = "active" | "used" | "revoked" | "expired";

export const TONES: Record<CredentialState, Tone> = {
  active: "good",
  used: "neutral",
  revoked: "danger",
  expired: "neutral",
};

/** Whether clients can use a credential, and if not, why. A used one admits no new device, but its device can renew. */
export function credentialState(credential: Credential, now: number): CredentialState {
  if (credential.revoked_at !== null) return "revoked";
  if (Date.parse(credential.expires) <= now) return "expired";
  return credential.single_use && credential.used_at !== null ? "used" : "active";
}
