import { useTranslation } from "react-i18next";
import type { Credential } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

type CredentialState = "active" | "used" | "revoked" | "expired";

const TONES: Record<CredentialState, Tone> = {
  active: "good",
  used: "neutral",
  revoked: "danger",
  expired: "neutral",
};

/** Whether clients can use a credential, and if not, why. A used one admits no new device, but its device can renew. */
function credentialState(credential: Credential, now: number): CredentialState {
  if (credential.revoked_at !== null) return "revoked";
  if (Date.parse(credential.expires) <= now) return "expired";
  return credential.single_use && credential.used_at !== null ? "used" : "active";
}

export function CredentialBadge({ credential }: { credential: Credential }) {
  const { t } = useTranslation();
  const state = credentialState(credential, Date.now());
  return <Badge tone={TONES[state]}>{t(`enrollment.state.${state}`)}</Badge>;
}
