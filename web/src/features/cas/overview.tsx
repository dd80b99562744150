import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Ca, CaKey } from "@/api";
import { CopyButton } from "@/components/copy-button";
import { KeyValues } from "@/components/key-values";
import { LifeBar } from "@/components/life-bar";
import { Moment } from "@/components/moment";
import { Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { useCaNames } from "./queries";

/** What the authority is, its keys, and where its status is published. */
export function CaOverview({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-x-7 lg:grid-cols-[1.2fr_1fr]">
      <div className="mb-7 min-w-0">
        <Facts ca={ca} />
      </div>
      <div className="min-w-0">
        <Section title={t("cas.keys")}>
          <ul className="space-y-3">
            {ca.keys.map((key) => (
              <li key={key.id}>
                <Key caKey={key} />
              </li>
            ))}
          </ul>
        </Section>
      </div>
    </div>
  );
}

function Facts({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const parent = useCaNames().get(ca.parent ?? "");
  const { permitted, excluded } = ca.name_constraints;
  return (
    <KeyValues
      pairs={[
        { label: t("certificates.fact.subject"), value: ca.subject },
        {
          label: t("cas.fact.parent"),
          value: parent ? (
            <Link to="/cas/$ca" params={{ ca: parent.id }} className="hover:underline">
              {parent.name}
            </Link>
          ) : (
            ca.parent === null && t("cas.fact.selfSigned")
          ),
        },
        {
          label: t("certificates.fact.valid"),
          value: ca.not_before && ca.not_after && (
            <>
              <Moment time={ca.not_before} precise /> {t("certificates.to")} <Moment time={ca.not_after} precise />
            </>
          ),
          note: ca.not_before && ca.not_after && <LifeBar wide from={ca.not_before} until={ca.not_after} />,
        },
        { label: t("certificates.column.key"), value: ca.key_type, note: ca.keys[0]?.signature_algorithm },
        {
          label: t("cas.fact.depth"),
          value: ca.path_length === null ? t("cas.fact.unlimited") : String(ca.path_length),
          note: ca.path_length === 0 ? t("certificates.explain.caLeaves") : t("cas.fact.depthNote"),
        },
        { label: t("cas.fact.permitted"), value: permitted.join(", ") },
        { label: t("cas.fact.excluded"), value: excluded.join(", ") },
      ]}
    />
  );
}

const TONES = {
  current: "good",
  next: "accent",
  draining: "warning",
  retired: "neutral",
  destroyed: "neutral",
  external: "neutral",
} as const;

function Key({ caKey }: { caKey: CaKey }) {
  const { t } = useTranslation();
  const urls = [
    [t("cas.urls.crl"), caKey.urls.crl],
    [t("cas.urls.ocsp"), caKey.urls.ocsp],
    [t("cas.urls.certificate"), caKey.urls.certificate],
  ] as const;
  return (
    <div className="rounded-lg border bg-surface">
      <div className="flex items-center justify-between gap-3 border-b px-4 py-2.5">
        <div className="min-w-0">
          <div className="font-medium">{caKey.key_type}</div>
          <div className="truncate text-xs text-muted" title={caKey.backend_key_id}>
            {t("cas.inBackend", { backend: caKey.backend })}
          </div>
        </div>
        <Badge tone={TONES[caKey.state]}>{t(`cas.keyState.${caKey.state}`)}</Badge>
      </div>
      <dl className="px-4 py-2.5 text-xs">
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
    </div>
  );
}
