import { useTranslation } from "react-i18next";
import { type Ca, type CaKey, type IssuerKeyWithUse, toApiError } from "@/api";
import { CopyButton } from "@/components/copy-button";
import { HexText } from "@/components/hex-text";
import { Moment } from "@/components/moment";
import { ErrorNotice } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import { Dependants } from "../parts/dependants";
import { useKey } from "../queries";
import { KeyBadge } from "../status";
import { CancelRotation, DestroyKey } from "./key-acts";

/** Every key that the CA has had, the current one first, and what still needs it. */
export function CaKeys({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  if (ca.keys.length === 0) return <p className="text-sm text-muted">{t("cas.noKey")}</p>;
  return (
    <ul className="flex max-w-4xl flex-col gap-5">
      {ca.keys.map((key) => (
        <li key={key.id}>
          <Key ca={ca} caKey={key} />
        </li>
      ))}
    </ul>
  );
}

function Key({ ca, caKey }: { ca: Ca; caKey: CaKey }) {
  const { t } = useTranslation();
  const found = useKey(caKey.id);
  return (
    <section
      aria-label={t("cas.key.title", { number: caKey.number })}
      className="overflow-hidden rounded-lg border bg-surface"
    >
      <header className="flex flex-wrap items-center justify-between gap-3 border-b px-4 py-2.5">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="text-base">{t("cas.key.title", { number: caKey.number })}</h2>
          <KeyBadge state={caKey.state} />
          <span className="text-sm text-muted">
            {caKey.key_type} · {t("cas.inBackend", { backend: caKey.backend })}
          </span>
        </div>
        {caKey.state === "next" && <CancelRotation ca={ca} />}
        {caKey.state === "retired" && <DestroyKey ca={ca} caKey={caKey} />}
      </header>
      <div className="px-4 py-3">
        <p className="mb-3 text-sm text-muted">
          {t(`cas.key.about.${caKey.state}`)}{" "}
          {caKey.switch_at && (
            <>
              {t("cas.key.switches")} <Moment time={caKey.switch_at} precise /> (<Moment time={caKey.switch_at} />)
            </>
          )}
        </p>
        {found.isError && <ErrorNotice error={toApiError(found.error)} />}
        {found.isPending && found.isFetching && <Skeleton className="h-24" />}
        {found.data && <Known issuerKey={found.data} />}
        <Urls caKey={caKey} />
      </div>
    </section>
  );
}

function Known({ issuerKey }: { issuerKey: IssuerKeyWithUse }) {
  const { t } = useTranslation();
  const { use, dependants } = issuerKey;
  const facts = [
    [t("cas.key.made"), <Moment key="made" time={issuerKey.created_at} precise />],
    [t("cas.key.lastUsed"), issuerKey.last_used && <Moment key="used" time={issuerKey.last_used} />],
    [t("cas.key.ends"), issuerKey.not_after && <Moment key="ends" time={issuerKey.not_after} precise />],
    [t("cas.key.due"), issuerKey.rotation_due && <Moment key="due" time={issuerKey.rotation_due} />],
    [t("cas.key.needs"), t("cas.key.uses", { count: use.certificates })],
    [t("cas.key.needsUntil"), use.last_not_after && <Moment key="until" time={use.last_not_after} precise />],
    [t("cas.key.spki"), <HexText key="spki" short hex={issuerKey.spki_sha256} name={t("cas.key.spki")} />],
  ] as const;
  return (
    <>
      <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-2">
        {facts
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label} className="flex justify-between gap-3 border-b border-dashed pb-1.5">
              <dt className="text-muted">{label}</dt>
              <dd className="text-right tabular">{value}</dd>
            </div>
          ))}
      </dl>
      {dependants.length > 0 && (
        <div className="mt-4">
          <h3 className="mb-2 text-sm font-medium">{t("cas.key.dependants")}</h3>
          <Dependants dependants={dependants} />
        </div>
      )}
    </>
  );
}

function Urls({ caKey }: { caKey: CaKey }) {
  const { t } = useTranslation();
  const urls = [
    [t("cas.urls.crl"), caKey.urls.crl],
    [t("cas.urls.ocsp"), caKey.urls.ocsp],
    [t("cas.urls.certificate"), caKey.urls.certificate],
  ] as const;
  if (caKey.state === "external") return null;
  return (
    <dl className="mt-4 text-xs">
      {urls.map(([label, url]) => (
        <div key={label} className="flex items-center gap-2">
          <dt className="w-20 shrink-0 text-muted">{label}</dt>
          <dd className="flex min-w-0 flex-1 items-center gap-1">
            <span className="truncate font-mono">{url}</span>
            <CopyButton text={url} label={t("common.copy", { what: label })} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
