import { ScrollText } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEvent } from "@/api";
import { ChoiceChip, FilterChip, SearchField } from "@/components/filter";
import { filtering, type SearchProps } from "@/lib/search";
import { ListPage } from "@/shared/list-page";
import { auditColumns } from "./columns";
import { EventDialog } from "./parts/event-dialog";
import { ExportTrail } from "./parts/export";
import { VerifyTrail } from "./parts/verify";
import { outcomeText } from "./parts/words";
import { useAudit } from "./queries";
import { type AuditSearch, OUTCOMES } from "./search";

/** Filters that come from links only. */
const EXACT = ["action", "actor", "object_id"] as const;

export function AuditPage({ search, onSearch }: SearchProps<AuditSearch>) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<AuditEvent>();
  const columns = useMemo(() => auditColumns(t, setShown), [t]);
  return (
    <ListPage
      title={t("audit.title")}
      purpose={t("audit.purpose")}
      actions={
        <>
          <ExportTrail />
          <VerifyTrail />
        </>
      }
      list={useAudit(search)}
      table={{ name: "audit", columns, rowId: (row) => `${row.node}-${row.seq}` }}
      expected={12}
      empty={{ icon: ScrollText, title: t("audit.noMatchTitle"), text: t("audit.noMatchText") }}
      filters={{
        controls: <Filters search={search} onSearch={onSearch} />,
        ...filtering({ search, onSearch }),
        noMatchText: t("audit.noMatchText"),
      }}
    >
      {shown && <EventDialog event={shown} onClose={() => setShown(undefined)} />}
    </ListPage>
  );
}

function Filters({ search, onSearch }: SearchProps<AuditSearch>) {
  const { t } = useTranslation();
  return (
    <>
      <SearchField
        label={t("audit.filter.query")}
        value={search.query ?? ""}
        onChange={(query) => onSearch({ query: query || undefined })}
      />
      <ChoiceChip
        label={t("audit.column.outcome")}
        value={search.outcome}
        choices={OUTCOMES}
        nameOf={(outcome) => outcomeText(t, outcome)}
        onChange={(outcome) => onSearch({ outcome })}
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
