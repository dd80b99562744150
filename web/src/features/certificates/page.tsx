import { Link } from "@tanstack/react-router";
import { Download, ScrollText } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChoiceChip, FilterChip, SearchField } from "@/components/filter";
import { SavedViews } from "@/components/saved-views";
import { Button } from "@/components/ui/button";
import { SelectedActs } from "@/features/bulk";
import { useCaNames, useCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { useMay } from "@/features/session";
import { cleared, filtering, type SearchProps } from "@/lib/search";
import { exact } from "@/lib/time";
import { ListPage } from "@/shared/list-page";
import { certificateColumns } from "./columns";
import { saveAsCsv } from "./parts/csv";
import { useCertificates } from "./queries";
import { CERTIFICATE_STATES, type CertificateSearch, certificateSearch } from "./search";

const WINDOWS = [7, 30, 90];
const TABLE = "certificates";

export function CertificatesPage({ search, onSearch }: SearchProps<CertificateSearch>) {
  const { t } = useTranslation();
  const mayIssue = useMay("certificate:issue");
  const cas = useCaNames();
  const columns = useMemo(() => certificateColumns(t, cas), [t, cas]);
  const issue = mayIssue && <IssueButton />;
  return (
    <ListPage
      title={t("certificates.title")}
      purpose={t("certificates.purpose")}
      actions={
        <>
          <BulkButton />
          {issue}
        </>
      }
      list={useCertificates(search)}
      table={{
        name: TABLE,
        columns,
        rowId: (row) => row.id,
        bulk: (selected) => (
          <>
            <SelectedActs ids={selected.map((one) => one.id)} />
            <Button onClick={() => saveAsCsv(t, selected, cas)}>
              <Download aria-hidden />
              {t("certificates.exportCsv")}
            </Button>
          </>
        ),
      }}
      expected={12}
      empty={{
        icon: ScrollText,
        title: t("certificates.emptyTitle"),
        text: t("certificates.emptyText"),
        action: issue,
      }}
      filters={{
        controls: <Filters search={search} onSearch={onSearch} />,
        ...filtering({ search, onSearch }),
        noMatchText: t("certificates.noMatchText"),
      }}
    />
  );
}

function BulkButton() {
  const { t } = useTranslation();
  if (!useMay("bulk:run")) return null;
  return (
    <Button asChild>
      <Link to="/certificates/bulk">{t("certificates.bulkLink")}</Link>
    </Button>
  );
}

function IssueButton() {
  const { t } = useTranslation();
  return (
    <Button asChild variant="primary">
      <Link to="/certificates/new">{t("certificates.issue")}</Link>
    </Button>
  );
}

function Filters({ search, onSearch }: SearchProps<CertificateSearch>) {
  const { t } = useTranslation();
  const cas = useCas().data?.items ?? [];
  const profiles = useProfiles().data?.items ?? [];
  return (
    <>
      <SearchField
        label={t("certificates.search")}
        value={search.query ?? ""}
        onChange={(query) => onSearch({ query: query || undefined })}
      />
      <ChoiceChip
        label={t("certificates.filter.state")}
        value={search.state}
        choices={CERTIFICATE_STATES}
        nameOf={(state) => t(`certificates.state.${state}`)}
        onChange={(state) => onSearch({ state })}
      />
      <FilterChip
        label={t("certificates.filter.ca")}
        value={search.ca}
        choices={cas.map((ca) => ({ value: ca.id, label: ca.name }))}
        onChange={(ca) => onSearch({ ca })}
      />
      <FilterChip
        label={t("certificates.filter.profile")}
        value={search.profile}
        choices={profiles.map((profile) => ({ value: profile.name, label: profile.name }))}
        onChange={(profile) => onSearch({ profile })}
      />
      <FilterChip
        label={t("certificates.filter.expires")}
        value={search.within?.toString()}
        choices={WINDOWS.map((days) => ({ value: String(days), label: t("certificates.filter.within", { days }) }))}
        onChange={(days) => onSearch({ within: days === undefined ? undefined : Number(days) })}
      />
      <Spans search={search} onSearch={onSearch} />
      <SavedViews
        table={TABLE}
        search={search}
        onOpen={(saved) => onSearch({ ...cleared(search), ...certificateSearch.parse(saved) })}
      />
    </>
  );
}

/** Spans of time that only links set, as from a chart. */
function Spans({ search, onSearch }: SearchProps<CertificateSearch>) {
  const { t } = useTranslation();
  return (
    <>
      <SpanChip
        label={t("certificates.filter.expires")}
        from={search.expires_from}
        before={search.expires_before}
        onClear={() => onSearch({ expires_from: undefined, expires_before: undefined })}
      />
      <SpanChip
        label={t("certificates.filter.issued")}
        from={search.issued_from}
        before={search.issued_before}
        onClear={() => onSearch({ issued_from: undefined, issued_before: undefined })}
      />
      <SpanChip
        label={t("certificates.filter.revoked")}
        from={search.revoked_from}
        before={search.revoked_before}
        onClear={() => onSearch({ revoked_from: undefined, revoked_before: undefined })}
      />
    </>
  );
}

interface SpanChipProps {
  label: string;
  from: string | undefined;
  before: string | undefined;
  onClear: () => void;
}

/** A span of time that the address names, as when one comes from a chart; it can only be cleared. */
function SpanChip({ label, from, before, onClear }: SpanChipProps) {
  const { i18n } = useTranslation();
  if (from === undefined && before === undefined) return null;
  const day = (time: string | undefined) => (time === undefined ? "" : exact(new Date(time), i18n.language));
  const shown = `${day(from)} – ${day(before)}`;
  return <FilterChip label={label} value={shown} choices={[{ value: shown, label: shown }]} onChange={onClear} />;
}
