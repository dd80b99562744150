import { useTranslation } from "react-i18next";
import type { HistoryRow } from "@/api";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";
import type { RemoteFault, Report } from "../mutations";
import type { History } from "./history";

const SHOWN = 200;

/** The result of the check, with the file or line of every error. */
export function Findings({ report, history }: { report: Report; history: History }) {
  const { t } = useTranslation();
  const local = history.faults.map(({ source, rule }) => ({ source, message: t(`caImport.fault.${rule}`) }));
  const remote = [...report.faults, ...report.rowFaults.values()];
  const count = local.length + remote.length;
  return (
    <Section title={t("caImport.found")}>
      <div className="flex flex-col gap-4" role="status">
        <p className={count > 0 ? "text-sm text-danger" : "text-sm"}>
          {count > 0 ? t("caImport.faults", { count }) : t("caImport.ready")}
        </p>
        <Facts report={report} history={history} />
      </div>
      {count > 0 && (
        <div className="mt-4">
          <Faults local={local} remote={remote} />
        </div>
      )}
    </Section>
  );
}

function Facts({ report: { ca, urls }, history }: { report: Report; history: History }) {
  const { t, i18n } = useTranslation();
  const number = (one: number) => one.toLocaleString(i18n.language);
  const certificates = history.rows.filter((row) => row.certificate).length;
  const pairs = [
    { label: t("caImport.fact.certificates"), value: number(certificates) },
    { label: t("caImport.fact.revoked"), value: number(history.rows.filter(isRevoked).length) },
    { label: t("caImport.fact.gone"), value: history.gone > 0 && number(history.gone) },
    { label: t("caImport.fact.urls"), value: urls.length > 0 && urls.join(", ") },
  ];
  const own = ca && [
    { label: t("caImport.fact.subject"), value: ca.subject },
    { label: t("caImport.fact.keyType"), value: ca.key_type },
    { label: t("caImport.fact.ends"), value: <Moment time={ca.not_after} /> },
    { label: t("caImport.fact.crlNumber"), value: ca.crl_number !== null && number(ca.crl_number) },
  ];
  return <KeyValues pairs={[...(own ?? []), ...pairs].map((pair) => ({ ...pair, value: pair.value || null }))} />;
}

function isRevoked(row: HistoryRow): boolean {
  return row.revoked_at !== undefined;
}

interface FaultsProps {
  /** In the user's language. */
  local?: readonly RemoteFault[];
  /** The server's, which speaks English alone. */
  remote: readonly RemoteFault[];
}

export function Faults({ local = [], remote }: FaultsProps) {
  const { t } = useTranslation();
  const faults = [
    ...local.map((fault) => ({ ...fault, language: undefined })),
    ...remote.map((fault) => ({ ...fault, language: "en" })),
  ];
  if (faults.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section aria-label={t("caImport.inTheWay")} className="max-h-80 overflow-y-auto" tabIndex={0}>
      <Panel>
        {faults.slice(0, SHOWN).map(({ source, message, language }) => (
          <PanelRow
            key={`${source} ${message}`}
            title={<span className="font-mono text-xs">{source}</span>}
            detail={<span lang={language}>{message}</span>}
          />
        ))}
      </Panel>
      {faults.length > SHOWN && (
        <p className="mt-2 text-xs text-muted">{t("caImport.more", { count: faults.length - SHOWN })}</p>
      )}
    </section>
  );
}
