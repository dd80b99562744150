import { useTranslation } from "react-i18next";
import type { CertificateRequest, DecodedObject } from "@/api";
import { type Compared, Comparison } from "@/components/comparison";
import { Section } from "@/components/page";
import { Skeleton } from "@/components/ui/skeleton";
import { useDecoded } from "@/features/certificates";
import { useProfile } from "@/features/profiles";
import { duration } from "@/lib/time";
import { purposeTexts, usageTexts, validityText } from "../parts/texts";

/** What the signing request says against what the profile makes of it, and what the profile would allow. */
export function Asked({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const decoded = useDecoded(request.csr ?? undefined);
  const csr = decoded.data?.find((one) => one.kind === "certificate-request");
  const rows = useRows(request, csr);
  if (request.csr === null || (!csr && !decoded.isFetching)) return null;
  return (
    <Section title={t("requests.asked")}>
      {csr ? (
        <Comparison
          label={t("requests.asked")}
          before={t("requests.askedBefore")}
          after={t("requests.askedAfter")}
          rows={rows}
        />
      ) : (
        <Skeleton className="h-48" />
      )}
    </Section>
  );
}

function useRows(request: CertificateRequest, csr: DecodedObject | undefined): readonly Compared[] {
  const { t, i18n } = useTranslation();
  const profile = useProfile(request.profile, request.profile_version).data;
  const { plan } = request;
  const extension = (name: string) => csr?.extensions.find((one) => one.name === name)?.value;
  const limit = profile && {
    names: `${t("requests.allows")} ${profile.sans.kinds.join(", ") || t("common.none")}`,
    key: `${t("requests.allows")} ${profile.key_types.join(", ")}`,
    validity: t("issue.longest", { duration: duration(profile.validity.maximum, i18n.language) }),
    subject: `${t("requests.allows")} ${profile.subject.attributes.join(", ") || t("common.none")}`,
  };
  return [
    {
      label: t("certificates.fact.names"),
      before: csr?.sans ?? [],
      after: request.sans,
      note: limit?.names,
    },
    {
      label: t("certificates.fact.subject"),
      before: csr?.subject ? [csr.subject] : [],
      after: request.subject ? [request.subject] : [],
      note: limit?.subject,
    },
    {
      label: t("requests.key"),
      before: csr?.key ? [csr.key.type] : [],
      after: [request.key_type],
      note: limit?.key,
    },
    {
      label: t("requests.usage"),
      before: usageTexts(t, extension("keyUsage")),
      after: usageTexts(t, plan.key_usage),
    },
    {
      label: t("requests.purposes"),
      before: purposeTexts(t, extension("extKeyUsage")),
      after: purposeTexts(t, plan.extended_key_usage),
    },
    {
      label: t("requests.validity"),
      before: [],
      after: validityText(t, i18n.language, plan.validity),
      note: limit?.validity,
    },
  ];
}
