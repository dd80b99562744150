import { useTranslation } from "react-i18next";
import type { Backend } from "@/api";
import { Badge } from "@/components/ui/badge";

export function BackendBadge({ state }: { state: Backend["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={state === "available" ? "good" : "danger"}>{t(`status.${state}`)}</Badge>;
}
