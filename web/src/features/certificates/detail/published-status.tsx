import { useTranslation } from "react-i18next";
import type { CrlStatus, OcspStatus } from "@/api";
import { type KeyValue, KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Badge, type Tone } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { Failure } from "@/shared/answered";
import { useToldStatus } from "../queries";

const TONES: Record<OcspStatus["status"], Tone> = { good: "good", revoked: "danger", unknown: "neutral" };

/** What others learn of the certificate at this moment, and until when they may rely on it. */
export function ToldStatus({ id }: { id: string }) {
  const { t } = useTranslation();
  const told = useToldStatus(id);
  if (told.isError) return <Failure question={told} />;
  if (!told.data) return <Skeleton className="h-36" />;
  const { no_rev_avail, ocsp, crls } = told.data;
  if (no_rev_avail) return <p className="text-sm text-muted">{t("certificates.told.noRevAvail")}</p>;
  const pairs: KeyValue[] = [
    ocsp
      ? { label: t("certificates.told.ocsp"), value: <Word said={ocsp} />, note: <Times said={ocsp} /> }
      : { label: t("certificates.told.ocsp"), value: t("certificates.told.noOcsp") },
    ...crls.map((crl) => ({
      label: crl.shard === null ? t("certificates.told.crl") : t("certificates.told.part", { shard: crl.shard }),
      value: <Word said={crl} />,
      note: <CrlNote crl={crl} />,
    })),
  ];
  if (crls.length === 0) pairs.push({ label: t("certificates.told.crl"), value: t("certificates.told.noCrl") });
  return <KeyValues pairs={pairs} />;
}

function Word({ said }: { said: OcspStatus }) {
  const { t } = useTranslation();
  const reason = t(`reason.${said.reason ?? "unspecified"}` as "reason.unspecified");
  return (
    <span className="flex flex-wrap gap-1.5">
      <Badge tone={TONES[said.status]}>{t(`certificates.told.${said.status}`, { reason })}</Badge>
      {said.late && <Badge tone="warning">{t("certificates.told.late")}</Badge>}
      {said.agrees === false && <Badge tone="warning">{t("certificates.told.differs")}</Badge>}
    </span>
  );
}

function Times({ said }: { said: OcspStatus }) {
  const { t } = useTranslation();
  return (
    <>
      {said.revoked_at && (
        <div>
          {t("certificates.told.since")} <Moment time={said.revoked_at} precise />
        </div>
      )}
      <div>
        {t("certificates.told.from")} <Moment time={said.this_update} precise />
        {said.next_update && (
          <>
            , {t("certificates.told.until")} <Moment time={said.next_update} precise />
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
      <Times said={crl} />
      <div>{numbers.filter(Boolean).join(", ")}</div>
    </>
  );
}
