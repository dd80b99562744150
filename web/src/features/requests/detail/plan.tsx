import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { HexText } from "@/components/hex-text";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { useCaNames } from "@/features/cas";
import { extensionTexts, purposeTexts, textsOf, usageTexts, validityText } from "../parts/texts";

/** What will be signed, from the plan itself, and the hash by which it is approved. */
export function Plan({ request }: { request: CertificateRequest }) {
  const { t, i18n } = useTranslation();
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
          note: request.key_generated && t("requests.keyHere"),
        },
        {
          label: t("requests.validity"),
          value: validityText(t, i18n.language, plan.validity).map((one) => <div key={one}>{one}</div>),
        },
        { label: t("requests.usage"), value: usageTexts(t, plan.key_usage).join(", ") },
        { label: t("requests.purposes"), value: purposeTexts(t, plan.extended_key_usage).join(", ") },
        {
          label: t("requests.extensions"),
          value: extensionTexts(plan.extensions).map((one) => <div key={one}>{one}</div>),
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
