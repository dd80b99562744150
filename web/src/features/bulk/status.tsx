import { useTranslation } from "react-i18next";
import type { BulkJob, BulkRowState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<BulkRowState, Tone> = { received: "neutral", checked: "accent", done: "good", refused: "danger" };

export function RowBadge({ state }: { state: BulkRowState }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`bulk.rowState.${state}`)}</Badge>;
}

export function isAtWork({ state }: Pick<BulkJob, "state">): boolean {
  return state === "queued" || state === "running";
}
