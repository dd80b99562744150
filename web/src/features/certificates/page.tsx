import { Link } from "@tanstack/react-router";
import { Download, ScrollText } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/components/data-table";
import { FilterChip, SearchField } from "@/components/filter";
import { Page } from "@/components/page";
import { SavedViews } from "@/components/saved-views";
import { EmptyState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { SelectedActs } from "@/features/bulk";
import { useCaNames, useCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { useMay } from "@/features/session";
import { usePages } from "@/lib/pages";
import { exact } from "@/lib/time";
import { Answered } from "@/shared/answered";
import { certificateColumns } from "./columns";
import { saveAsCsv } from "./parts/csv";
import { useCertificates } from "./queries";
import { type CertificateSearch, certificateSearch } from "./search";

interface ListProps {
  search: CertificateSearch;
  onSearch: (changed: Partial<CertificateSearch>) => void;
}

const WINDOWS = [7, 30, 90];
const TABLE = "certificates";
const NO_FILTERS: CertificateSearch = {
  query: undefined,
  ca: undefined,
  profile: undefined,
  state: undefined,
  within: undefined,
  expires_from: undefined,
  expires_before: undefined,
  issued_from: undefined,
  issued_before: undefined,
  revoked_from: undefined,
  revoked_before: undefined,
};

export function CertificatesPage({ search, onSearch }: ListProps) {
  const { t } = useTranslation();
  const mayIssue = useMay("certificate:issue");
  const mayRun = useMay("bulk:run");
  const found = useCertificates(search);
  const cas = useCaNames();
  const { rows, paging } = usePages(found);
  const columns = useMemo(() => certificateColumns(t, cas), [t, cas]);
  const isFiltered = Object.values(search).some((value) => value !== undefined && value !== "");
  return (
    <Page
      title={t("certificates.title")}
      purpose={t("certificates.purpose")}
      actions={
        <>
          {mayRun && (
            <Button asChild>
              <Link to="/certificates/bulk">{t("bulk.title")}</Link>
            </Button>
          )}
          {mayIssue && <IssueButton />}
        </>
      }
    >
      <Answered question={found} sketch={<SkeletonRows rows={12} />}>
        {() =>
          rows.length === 0 && !isFiltered ? (
            <EmptyState icon={ScrollText} title={t("certificates.emptyTitle")} action={mayIssue && <IssueButton />}>
              {t("certificates.emptyText")}
            </EmptyState>
          ) : (
            <DataTable
              name={TABLE}
              label={t("certificates.title")}
              columns={columns}
              rows={rows}
              rowId={(row) => row.id}
              paging={paging}
              toolbar={<Filters search={search} onSearch={onSearch} />}
              bulk={(selected) => (
                <>
                  <SelectedActs ids={selected.map((one) => one.id)} />
                  <Button onClick={() => saveAsCsv(t, selected, cas)}>
                    <Download aria-hidden />
                    {t("certificates.exportCsv")}
                  </Button>
                </>
              )}
            />
          )
        }
      </Answered>
      {found.isSuccess && rows.length === 0 && isFiltered && (
        <EmptyState
          icon={ScrollText}
          title={t("certificates.noMatchTitle")}
          action={<Button onClick={() => onSearch(NO_FILTERS)}>{t("certificates.clearFilters")}</Button>}
        >
          {t("certificates.noMatchText")}
        </EmptyState>
      )}
    </Page>
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

function Filters({ search, onSearch }: ListProps) {
  const { t } = useTranslation();
  const cas = useCas().data?.items ?? [];
  const profiles = useProfiles().data?.items ?? [];
  const states = ["valid", "held", "revoked", "expired"] as const;
  return (
    <>
      <SearchField
        label={t("certificates.search")}
        value={search.query ?? ""}
        onChange={(query) => onSearch({ query: query || undefined })}
      />
      <FilterChip
        label={t("certificates.filter.state")}
        value={search.state}
        choices={states.map((state) => ({ value: state, label: t(`certificates.state.${state}`) }))}
        onChange={(state) => onSearch({ state: states.find((one) => one === state) })}
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
      <SavedViews
        table={TABLE}
        search={search}
        onOpen={(saved) => onSearch({ ...NO_FILTERS, ...certificateSearch.parse(saved) })}
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
