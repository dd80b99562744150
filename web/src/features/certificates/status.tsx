import { useTranslation } from "react-i18next";
import type { Certificate } from "@/api";
import { Badge } from "@/components/ui/badge";
import { renewalStart } from "@/lib/renewal";
import { DAY, relative } from "@/lib/time";

const SHORT_LIVED = 7 * DAY;

/** The state as people say it. */
export function CertificateStatus({ certificate }: { certificate: Certificate }) {
  const { t, i18n } = useTranslation();
  const end = new Date(certificate.not_after);
  const when = relative(end, new Date(), i18n.language);
  if (certificate.state === "revoked") {
    const reason = certificate.revocation?.reason ?? "unspecified";
    return (
      <Badge tone="danger">{t("status.revoked", { reason: t(`reason.${reason}` as "reason.unspecified") })}</Badge>
    );
  }
  if (certificate.state === "held") return <Badge tone="warning">{t("status.held")}</Badge>;
  if (certificate.state === "expired") return <Badge tone="neutral">{t("status.expired", { when })}</Badge>;
  if (end.getTime() - Date.parse(certificate.not_before) <= SHORT_LIVED) {
    return <Badge tone="good">{t("status.validShort")}</Badge>;
  }
  if (renewalStart(certificate).getTime() < Date.now() && certificate.renewed_by === null) {
    return <Badge tone="warning">{t("status.expiring", { when })}</Badge>;
  }
  return <Badge tone="good">{t("status.valid")}</Badge>;
}
