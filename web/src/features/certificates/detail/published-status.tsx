import { useTranslation } from "react-i18next";
import type { CrlStatus, OcspStatus } from "@/api";
import { type KeyValue, KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Badge, type Tone } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { Failure } from "@/shared/answered";
import { usePublishedStatus } from "../queries";

const TONES: Record<OcspStatus["status"], Tone> = { good: "good", revoked: "danger", unknown: "neutral" };

/** What others learn of the certificate at this moment, and until when they may rely on it. */
export function PublishedStatus({ id }: { id: string }) {
  const { t } = useTranslation();
  const published = usePublishedStatus(id);
  if (published.isError) return <Failure question={published} />;
  if (!published.data) return <Skeleton className="h-36" />;
  const { no_rev_avail, ocsp, crls } = published.data;
  if (no_rev_avail) return <p className="text-sm text-muted">{t("certificates.told.noRevAvail")}</p>;
  const pairs: KeyValue[] = [
    ocsp
      ? { label: t("certificates.told.ocsp"), value: <Word status={ocsp} />, note: <Times status={ocsp} /> }
      : { label: t("certificates.told.ocsp"), value: t("certificates.told.noOcsp") },
    ...crls.map((crl) => ({
      label: crl.shard === null ? t("certificates.told.crl") : t("certificates.told.part", { shard: crl.shard }),
      value: <Word status={crl} />,
      note: <CrlNote crl={crl} />,
    })),
  ];
  if (crls.length === 0) pairs.push({ label: t("certificates.told.crl"), value: t("certificates.told.noCrl") });
  return <KeyValues pairs={pairs} />;
}

function Word({ status }: { status: OcspStatus }) {
  const { t } = useTranslation();
  const reason = t(`reason.${status.reason ?? "unspecified"}` as "reason.unspecified");
  return (
    <span className="flex flex-wrap gap-1.5">
      <Badge tone={TONES[status.status]}>{t(`certificates.told.${status.status}`, { reason })}</Badge>
      {status.late && <Badge tone="warning">{t("certificates.told.late")}</Badge>}
      {status.agrees === false && <Badge tone="warning">{t("certificates.told.differs")}</Badge>}
    </span>
  );
}

function Times({ status }: { status: OcspStatus }) {
  const { t } = useTranslation();
  return (
    <>
      {status.revoked_at && (
        <div>
          {t("certificates.told.since")} <Moment time={status.revoked_at} precise />
        </div>
      )}
      <div>
        {t("certificates.told.from")} <Moment time={status.this_update} precise />
        {status.next_update && (
          <>
            , {t("certificates.told.until")} <Moment time={status.next_update} precise />
          </>
        )}
      </div>
    </>
  );
}

function CrlNote({ crl }: { crl: CrlStatus }) {
  const { t } = useTranslation();
  const numbers = [
    crl.number !== null && t("certificates.told.number", { number: crl.number }),
    crl.delta_number !== null && t("certificates.told.delta", { number: crl.delta_number }),
  ];
  return (
    <>
      <Times status={crl} />
      <div>{numbers.filter(Boolean).join(", ")}</div>
    </>
  );
}
