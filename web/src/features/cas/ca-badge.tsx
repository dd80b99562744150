import { useTranslation } from "react-i18next";
import type { CaState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<CaState, Tone> = {
  pending: "warning",
  active: "good",
  suspended: "warning",
  retired: "neutral",
  revoked: "danger",
  expired: "neutral",
  external: "neutral",
};

export function CaBadge({ state }: { state: CaState }) {
  const { t } = useTranslation();
  const words = { revoked: t("status.revokedCa"), expired: t("status.expiredCa") };
  const word = state === "revoked" || state === "expired" ? words[state] : t(`status.${state}`);
  return <Badge tone={TONES[state]}>{word}</Badge>;
}
