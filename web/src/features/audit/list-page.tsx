import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEvent } from "@/api";
import { DataTable } from "@/components/data-table";
import { SearchField } from "@/components/filter";
import { Page } from "@/components/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Answered } from "@/features/answered";
import { usePages } from "@/lib/pages";
import { auditColumns } from "./columns";
import { EventDialog } from "./event-dialog";
import { ExportTrail } from "./export";
import { useAudit } from "./queries";
import type { AuditSearch } from "./search";
import { VerifyTrail } from "./verify";

interface AuditPageProps {
  search: AuditSearch;
  onSearch: (changed: Partial<AuditSearch>) => void;
}

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
            toolbar={
              <>
                <SearchField
                  label={t("audit.filter.action")}
                  value={search.action ?? ""}
                  onChange={(action) => onSearch({ action: action || undefined })}
                />
                <SearchField
                  label={t("audit.filter.actor")}
                  value={search.actor ?? ""}
                  onChange={(actor) => onSearch({ actor: actor || undefined })}
                />
              </>
            }
          />
        )}
      </Answered>
      {shown && <EventDialog event={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}
