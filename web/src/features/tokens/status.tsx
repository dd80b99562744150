import { useTranslation } from "react-i18next";
import type { Token } from "@/api";
import { Badge } from "@/components/ui/badge";

export function isInForce(token: Token): boolean {
  return token.revoked_at === null && Date.parse(token.expires) > Date.now();
}

export function TokenBadge({ token }: { token: Token }) {
  const { t } = useTranslation();
  if (token.revoked_at !== null) return <Badge tone="danger">{t("status.revokedCa")}</Badge>;
  return isInForce(token) ? (
    <Badge tone="good">{t("status.active")}</Badge>
  ) : (
    <Badge tone="neutral">{t("status.expiredCa")}</Badge>
  );
}
