import { useTranslation } from "react-i18next";
import type { CaKey, CaState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";
import { isCaExpiring } from "@/lib/renewal";
import { relative } from "@/lib/time";

const CA_TONES: Record<CaState, Tone> = {
  pending: "warning",
  active: "good",
  suspended: "warning",
  retired: "neutral",
  revoked: "danger",
  expired: "neutral",
  external: "neutral",
};

interface BadgeProps {
  state: CaState;
  /** When its certificate expires, where this is known. */
  until?: string | null | undefined;
}

export function CaBadge({ state, until = null }: BadgeProps) {
  const { t, i18n } = useTranslation();
  const now = new Date();
  if (state === "active" && until !== null && isCaExpiring(until, now)) {
    const when = relative(new Date(until), now, i18n.language);
    return <Badge tone="warning">{t("status.expiring", { when })}</Badge>;
  }
  const words = { revoked: t("status.revokedCa"), expired: t("status.expiredCa") };
  const word = state === "revoked" || state === "expired" ? words[state] : t(`status.${state}`);
  return <Badge tone={CA_TONES[state]}>{word}</Badge>;
}

const KEY_TONES = {
  current: "good",
  next: "accent",
  draining: "warning",
  retired: "neutral",
  destroyed: "neutral",
  external: "neutral",
} as const;

/** What a key of a CA does at present. */
export function KeyBadge({ state }: { state: CaKey["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={KEY_TONES[state]}>{t(`cas.keyState.${state}`)}</Badge>;
}
