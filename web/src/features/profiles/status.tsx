import { useTranslation } from "react-i18next";
import type { Profile } from "@/api";
import { Badge } from "@/components/ui/badge";

export function ProfileBadge({ state }: { state: Profile["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={state === "active" ? "good" : "neutral"}>{t(`status.${state}`)}</Badge>;
}
