import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Job } from "@/api";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { JobAct } from "./parts/act";
import { JobBadge } from "./status";

export function jobColumns(t: TFunction, mayControl: boolean): Column<Job>[] {
  return [
    { id: "kind", header: t("jobs.kind"), phone: true, cell: (row) => <JobName job={row} /> },
    { id: "state", header: t("common.state"), phone: true, cell: (row) => <JobBadge state={row.state} /> },
    { id: "tries", header: t("jobs.tries"), align: "right", cell: (row) => row.tries },
    {
      id: "error",
      header: t("jobs.error"),
      cell: (row) => (
        <span className="line-clamp-1 text-xs text-muted" lang="en">
          {row.last_error}
        </span>
      ),
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
