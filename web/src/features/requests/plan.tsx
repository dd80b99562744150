import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { HexText } from "@/components/hex-text";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { useCaNames } from "@/features/cas";
import { duration } from "@/lib/time";

/** What will be signed, from the plan itself, and the hash by which it is approved. */
export function Plan({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const ca = useCaNames().get(request.ca);
  const { plan } = request;
  return (
    <KeyValues
      pairs={[
        { label: t("certificates.fact.names"), value: request.sans.join(", ") },
        { label: t("certificates.fact.subject"), value: request.subject },
        {
          label: t("certificates.fact.issuer"),
          value: (
            <Link to="/cas/$ca" params={{ ca: request.ca }} className="text-accent hover:underline">
              {ca?.name ?? request.ca}
            </Link>
          ),
        },
        { label: t("requests.profile"), value: `${request.profile} (${request.profile_version})` },
        {
          label: t("requests.key"),
          value: request.key_type,
          note: request.key_made_here && t("requests.keyHere"),
        },
        { label: t("requests.validity"), value: <Validity validity={plan.validity} /> },
        {
          label: t("requests.usage"),
          value: textsOf(plan.key_usage)
            .map((bit) => t(`certificates.keyUsage.${bit}` as "certificates.keyUsage.digitalSignature"))
            .join(", "),
        },
        {
          label: t("requests.purposes"),
          value: textsOf(plan.extended_key_usage)
            .map((oid) =>
              t(`profiles.purposes.${oid.replaceAll(".", "_")}` as "profiles.purposes.any", { defaultValue: oid }),
            )
            .join(", "),
        },
        { label: t("requests.notes"), value: textsOf(plan.notes).join(" ") },
        { label: t("certificates.fact.ignored"), value: textsOf(plan.ignored_extensions).join(", ") },
        {
          label: t("requests.planHash"),
          value: <HexText hex={request.plan_sha256} name={t("requests.planHash")} />,
          note: t("requests.planHelp"),
        },
        { label: t("requests.requester"), value: request.requester_name },
        { label: t("common.created"), value: <Moment time={request.created_at} precise /> },
        {
          label: t("requests.void"),
          value: request.certificate === null ? <Moment time={request.expires_at} precise /> : null,
        },
      ]}
    />
  );
}

/** Of a plan: a duration (ISO 8601), or one end or both. */
function Validity({ validity }: { validity: unknown }) {
  const { t, i18n } = useTranslation();
  const { duration: lasting, not_before, not_after } = validity as Record<string, string | null>;
  return (
    <div className="flex flex-col">
      {lasting && <span>{t("requests.validityLasts", { duration: duration(lasting, i18n.language) })}</span>}
      {not_before && (
        <span>
          {t("requests.validityFrom")} <Moment time={not_before} precise />
        </span>
      )}
      {not_after && (
        <span>
          {t("requests.validityUntil")} <Moment time={not_after} precise />
        </span>
      )}
      {!(lasting || not_before || not_after) && t("requests.validityUsual")}
    </div>
  );
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
