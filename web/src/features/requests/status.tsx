import { useTranslation } from "react-i18next";
import type { EnrollmentState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<EnrollmentState, Tone> = {
  received: "neutral",
  validating: "accent",
  awaiting_approval: "warning",
  ready: "accent",
  issuing: "accent",
  issued: "good",
  refused: "danger",
  rejected: "danger",
  cancelled: "neutral",
  expired: "neutral",
  failed: "danger",
};

export function RequestBadge({ state }: { state: EnrollmentState }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`requests.state.${state}`)}</Badge>;
}
