import { useTranslation } from "react-i18next";
import type { User } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<User["state"], Tone> = { invited: "warning", active: "good", disabled: "neutral" };

export function UserBadge({ state }: { state: User["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`people.state.${state}`)}</Badge>;
}
