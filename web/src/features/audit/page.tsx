import { ScrollText } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEvent } from "@/api";
import { DataTable } from "@/components/data-table";
import { FilterChip, SearchField } from "@/components/filter";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { usePages } from "@/lib/pages";
import { Answered } from "@/shared/answered";
import { auditColumns } from "./columns";
import { EventDialog } from "./parts/event-dialog";
import { ExportTrail } from "./parts/export";
import { VerifyTrail } from "./parts/verify";
import { outcomeText } from "./parts/words";
import { useAudit } from "./queries";
import { type AuditSearch, OUTCOMES } from "./search";

interface AuditPageProps {
  search: AuditSearch;
  onSearch: (changed: Partial<AuditSearch>) => void;
}

/** Filters that come from links only. */
const EXACT = ["action", "actor", "object_id"] as const;

const NO_FILTERS: AuditSearch = {
  query: undefined,
  outcome: undefined,
  action: undefined,
  actor: undefined,
  object_id: undefined,
  since: undefined,
  until: undefined,
};

export function AuditPage({ search, onSearch }: AuditPageProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<AuditEvent>();
  const trail = useAudit(search);
  const { rows, paging } = usePages(trail);
  const columns = useMemo(() => auditColumns(t, setShown), [t]);
  return (
    <Page
      title={t("audit.title")}
      purpose={t("audit.purpose")}
      actions={
        <>
          <ExportTrail />
          <VerifyTrail />
        </>
      }
    >
      <Answered question={trail} sketch={<SkeletonRows rows={12} />}>
        {() => (
          <DataTable
            name="audit"
            label={t("audit.title")}
            columns={columns}
            rows={rows}
            rowId={(row) => `${row.node}-${row.seq}`}
            paging={paging}
            toolbar={<Filters search={search} onSearch={onSearch} />}
          />
        )}
      </Answered>
      {trail.isSuccess && rows.length === 0 && (
        <EmptyState
          icon={ScrollText}
          title={t("audit.noMatchTitle")}
          action={<Button onClick={() => onSearch(NO_FILTERS)}>{t("certificates.clearFilters")}</Button>}
        >
          {t("audit.noMatchText")}
        </EmptyState>
      )}
      {shown && <EventDialog event={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function Filters({ search, onSearch }: AuditPageProps) {
  const { t } = useTranslation();
  return (
    <>
      <SearchField
        label={t("audit.filter.query")}
        value={search.query ?? ""}
        onChange={(query) => onSearch({ query: query || undefined })}
      />
      <FilterChip
        label={t("audit.column.outcome")}
        value={search.outcome}
        choices={OUTCOMES.map((outcome) => ({ value: outcome, label: outcomeText(t, outcome) }))}
        onChange={(outcome) => onSearch({ outcome: OUTCOMES.find((one) => one === outcome) })}
      />
      {EXACT.map(
        (field) =>
          search[field] && (
            <FilterChip
              key={field}
              label={t(`audit.filter.${field}`)}
              value={search[field]}
              choices={[]}
              onChange={(value) => onSearch({ [field]: value })}
            />
          ),
      )}
    </>
  );
}
