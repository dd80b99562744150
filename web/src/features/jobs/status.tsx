import { useTranslation } from "react-i18next";
import type { JobState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<JobState, Tone> = {
  queued: "neutral",
  running: "accent",
  done: "good",
  failed: "danger",
  cancelled: "neutral",
};

export function JobBadge({ state }: { state: JobState }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`jobs.state.${state}`)}</Badge>;
}
