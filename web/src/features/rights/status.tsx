import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import type { CustomRole } from "./queries";

export function RoleBadge({ state }: { state: CustomRole["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={state === "active" ? "good" : "neutral"}>{t(`status.${state}`)}</Badge>;
}
