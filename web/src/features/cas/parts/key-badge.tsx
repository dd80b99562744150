import { useTranslation } from "react-i18next";
import type { CaKey } from "@/api";
import { Badge } from "@/components/ui/badge";

const TONES = {
  current: "good",
  next: "accent",
  draining: "warning",
  retired: "neutral",
  destroyed: "neutral",
  external: "neutral",
} as const;

/** What a key of an authority does at present. */
export function KeyBadge({ state }: { state: CaKey["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`cas.keyState.${state}`)}</Badge>;
}
