import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Ca, IssuerKey } from "@/api";
import { type KeyValue, KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { Failure } from "@/shared/answered";
import { useKeysOf } from "../queries";
import { KeyBadge } from "../status";

const SERVING: readonly IssuerKey["state"][] = ["current", "next", "draining"];

/** By key: until when its CRL and its OCSP answers hold, and who signs those. */
export function Published({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const served = ca.keys.filter((key) => SERVING.includes(key.state)).length;
  const found = useKeysOf(ca.id);
  if (served === 0) return null;
  if (found.isError) return <Failure question={found} />;
  if (!found.data) return found.isFetching ? <Skeleton className="mb-7 h-44" /> : null;
  return (
    <div className={served > 1 ? "grid gap-x-7 lg:grid-cols-2" : ""}>
      {found.data.items
        .filter((key) => SERVING.includes(key.state))
        .map((key) => (
          <Section
            key={key.id}
            title={t("cas.standing.title", { number: key.number })}
            actions={<KeyBadge state={key.state} />}
          >
            <KeyValues pairs={factsOf(t, key)} />
          </Section>
        ))}
    </div>
  );
}

function factsOf(t: TFunction, key: IssuerKey): KeyValue[] {
  return [
    held(t("cas.standing.crl"), key.crl_next_update, t("cas.standing.good")),
    held(t("cas.standing.ocsp"), key.ocsp_next_update, t("cas.standing.good")),
    {
      ...held(t("cas.standing.signer"), key.ocsp_signer_not_after, t("certificates.state.valid")),
      ...(key.ocsp_signer && { value: <Signer id={key.ocsp_signer} until={key.ocsp_signer_not_after} /> }),
    },
  ];
}

function held(label: string, until: string | null, good: string): KeyValue {
  return { label, value: <Standing until={until} good={good} />, note: until && <Until time={until} /> };
}

function Standing({ until, good }: { until: string | null; good: string }) {
  const { t } = useTranslation();
  if (until === null) return <Badge tone="neutral">{t("cas.standing.none")}</Badge>;
  const isOver = Date.parse(until) <= Date.now();
  return <Badge tone={isOver ? "danger" : "good"}>{isOver ? t("cas.standing.over") : good}</Badge>;
}

function Until({ time }: { time: string }) {
  const { t } = useTranslation();
  return (
    <>
      {t("cas.standing.until")} <Moment time={time} precise /> (<Moment time={time} />)
    </>
  );
}

function Signer({ id, until }: { id: string; until: string | null }) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Standing until={until} good={t("certificates.state.valid")} />
      <Link to="/certificates/$id" params={{ id }} className="hover:underline">
        {t("cas.standing.certificate")}
      </Link>
    </span>
  );
}
