import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { ListChecks } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, type Job, type JobState } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { FilterChip } from "@/components/filter";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { useMay } from "@/features/session";
import { BY_CURSOR, usePages } from "@/lib/pages";
import { Answered } from "@/shared/answered";
import { JobAct, JobBadge } from "./parts/act";
import { JOB_STATES } from "./search";

interface JobsPageProps {
  state: JobState | undefined;
  onState: (state: JobState | undefined) => void;
}

export function JobsPage({ state, onState }: JobsPageProps) {
  const { t } = useTranslation();
  const mayControl = useMay("job:control");
  const jobs = useInfiniteQuery({
    ...api.listJobsInfiniteOptions({ query: { ...(state && { state }), limit: 100 } }),
    ...BY_CURSOR,
    refetchInterval: 10_000,
  });
  const { rows, paging } = usePages(jobs);
  const columns = useMemo(() => jobColumns(t, mayControl), [t, mayControl]);
  return (
    <Page title={t("jobs.title")} purpose={t("jobs.purpose")}>
      <Answered question={jobs}>
        {() => (
          <DataTable
            name="jobs"
            label={t("jobs.title")}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            paging={paging}
            toolbar={
              <FilterChip
                label={t("common.state")}
                value={state}
                choices={JOB_STATES.map((one) => ({ value: one, label: t(`jobs.state.${one}`) }))}
                onChange={(value) => onState(JOB_STATES.find((one) => one === value))}
              />
            }
          />
        )}
      </Answered>
      {jobs.isSuccess && rows.length === 0 && (
        <EmptyState icon={ListChecks} title={t("jobs.emptyTitle")}>
          {t("jobs.emptyText")}
        </EmptyState>
      )}
    </Page>
  );
}

function jobColumns(t: TFunction, mayControl: boolean): Column<Job>[] {
  return [
    {
      id: "kind",
      header: t("jobs.kind"),
      phone: true,
      cell: (row) => <JobName job={row} />,
    },
    {
      id: "state",
      header: t("common.state"),
      phone: true,
      cell: (row) => <JobBadge state={row.state} />,
    },
    { id: "tries", header: t("jobs.tries"), align: "right", cell: (row) => row.tries },
    {
      id: "error",
      header: t("jobs.error"),
      cell: (row) => <span className="line-clamp-1 text-xs text-muted">{row.last_error}</span>,
    },
    {
      id: "changed",
      header: t("jobs.changed"),
      align: "right",
      phone: true,
      cell: (row) => <Moment time={row.changed_at} />,
    },
    {
      id: "act",
      header: t("table.actions"),
      isActs: true,
      align: "right",
      cell: (row) => mayControl && <JobAct job={row} />,
    },
  ];
}

/** Bulk work has a page of its own. */
function JobName({ job }: { job: Job }) {
  const { t } = useTranslation();
  const words = t(`jobs.kinds.${job.kind}` as "jobs.kinds.publish_crl", { defaultValue: job.kind });
  if (job.kind !== "bulk") return <span className="font-medium">{words}</span>;
  return (
    <Link to="/certificates/bulk/$job" params={{ job: job.id }} className="font-medium hover:underline">
      {words}
    </Link>
  );
}
