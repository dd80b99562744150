import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Certificate } from "@/api";
import { HexText } from "@/components/hex-text";
import { type KeyValue, KeyValues } from "@/components/key-values";
import { LifeBar } from "@/components/life-bar";
import { Moment } from "@/components/moment";
import { Section } from "@/components/page";
import { Skeleton } from "@/components/ui/skeleton";
import { useCaNames } from "@/features/cas";
import { ActorName } from "@/features/session";
import { renewalStart } from "@/lib/renewal";
import { daysBetween } from "@/lib/time";
import { Failure } from "@/shared/answered";
import { Extensions } from "@/shared/preview";
import { useDecoded } from "../queries";
import { PublishedStatus } from "./published-status";
import { TrustPath } from "./trust-path";

/** What it says, what that means, and whom it leads to. */
export function Overview({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const decoded = useDecoded(certificate.pem);
  return (
    <div className="grid gap-x-7 lg:grid-cols-[1.4fr_1fr]">
      <div className="min-w-0">
        <div className="mb-7">
          <Facts certificate={certificate} />
        </div>
        <Section title={t("certificates.extensions")}>
          <Failure question={decoded} />
          {decoded.isPending && <Skeleton className="h-48" />}
          {decoded.data?.[0] && <Extensions extensions={decoded.data[0].extensions} />}
        </Section>
      </div>
      <div className="min-w-0">
        <Section title={t("certificates.told.title")}>
          <PublishedStatus id={certificate.id} />
        </Section>
        <Section title={t("certificates.tab.chain")}>
          <TrustPath id={certificate.id} />
        </Section>
        <Lineage certificate={certificate} />
      </div>
    </div>
  );
}

function Facts({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const cas = useCaNames();
  const issuer = cas.get(certificate.ca);
  const revocation = certificate.revocation;
  const pairs: KeyValue[] = [
    {
      label: t("certificates.fact.names"),
      value: certificate.sans.map((san) => <div key={san}>{san}</div>),
      note: certificate.sans.length === 0 && t("certificates.fact.noNames"),
    },
    { label: t("certificates.fact.subject"), value: certificate.subject },
    {
      label: t("certificates.fact.valid"),
      value: <Period certificate={certificate} />,
      note: <Life certificate={certificate} />,
    },
    {
      label: t("certificates.fact.revoked"),
      value: revocation && <Moment time={revocation.time} precise />,
      note: revocation && t(`reason.${revocation.reason}` as "reason.unspecified"),
    },
    {
      label: t("certificates.fact.issuer"),
      value: issuer ? (
        <Link to="/cas/$ca" params={{ ca: issuer.id }} className="hover:underline">
          {issuer.name}
        </Link>
      ) : (
        "…"
      ),
    },
    {
      label: t("certificates.column.profile"),
      value: (
        <Link to="/profiles/$name" params={{ name: certificate.profile }} className="font-mono text-xs hover:underline">
          {certificate.profile}
        </Link>
      ),
    },
    { label: t("certificates.column.key"), value: certificate.key_type },
    {
      label: t("certificates.column.serial"),
      value: <HexText hex={certificate.serial_number} name={t("certificates.column.serial")} />,
    },
    {
      label: t("certificates.column.fingerprint"),
      value: <HexText hex={certificate.fingerprint_sha256} name={t("certificates.column.fingerprint")} />,
      note: "SHA-256",
    },
    { label: t("certificates.column.requestedBy"), value: <ActorName id={certificate.requested_by} /> },
    {
      label: t("certificates.fact.ignored"),
      value: certificate.ignored_extensions.map((one) => one.name ?? one.oid).join(", "),
      note: t("certificates.fact.ignoredNote"),
    },
  ];
  return <KeyValues pairs={pairs} />;
}

function Period({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  return (
    <>
      <Moment time={certificate.not_before} precise /> {t("certificates.to")}{" "}
      <Moment time={certificate.not_after} precise />
    </>
  );
}

/** How much of the validity period is over, and when renewal is due. */
function Life({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const { not_before, not_after } = certificate;
  const renewal = renewalStart(certificate);
  const days = daysBetween(new Date(not_before), new Date(Date.parse(not_after) + 1000));
  return (
    <span className="mt-1.5 block">
      <LifeBar wide from={not_before} until={not_after} renewFrom={renewal} />
      {t("certificates.fact.life", { count: days })} {t("certificates.fact.renewal")}{" "}
      <Moment time={renewal.toISOString()} precise />.
    </span>
  );
}

function Lineage({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const related = [
    { id: certificate.renewed_by, text: t("certificates.lineage.renewedBy") },
    { id: certificate.renews, text: t("certificates.lineage.renews") },
  ].filter((one) => one.id !== null);
  if (related.length === 0) return null;
  return (
    <Section title={t("certificates.lineage.title")}>
      <ul className="divide-y rounded-lg border bg-surface">
        {related.map(({ id, text }) => (
          <li key={text}>
            <Link to="/certificates/$id" params={{ id: id ?? "" }} className="block px-4 py-2.5 hover:bg-raised">
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
