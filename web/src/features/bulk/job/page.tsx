import { Download } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { BulkJob } from "@/api";
import { Page } from "@/components/page";
import { ProgressBar } from "@/components/progress-bar";
import { Button } from "@/components/ui/button";
import { JobAct, JobBadge } from "@/features/jobs";
import { useMay } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { bulk } from "@/lib/locales/en/pages/bulk";
import { jobs } from "@/lib/locales/en/pages/jobs";
import { filtering, type SearchProps } from "@/lib/search";
import { AnsweredPage } from "@/shared/answered";
import { ListTable } from "@/shared/list-page";
import { StateFilter } from "@/shared/state-filter";
import { rowColumns } from "../columns";
import { useSaveCertificates } from "../mutations";
import { useBulkJob, useBulkRows } from "../queries";
import { type BulkSearch, ROW_STATES } from "../search";
import { isAtWork } from "../status";

addPageTexts({ bulk, jobs });

interface BulkJobPageProps extends SearchProps<BulkSearch> {
  id: string;
}

/** How far a job is, and what became of each row. */
export function BulkJobPage({ id, ...filter }: BulkJobPageProps) {
  const { t } = useTranslation();
  const found = useBulkJob(id);
  const mayControl = useMay("job:control");
  const crumbs = [
    { label: t("certificates.title"), to: "/certificates" as const },
    { label: t("bulk.title"), to: "/certificates/bulk" as const },
  ];
  return (
    <AnsweredPage question={found} unnamed={t("bulk.title")} crumbs={crumbs}>
      {(job) => (
        <Page
          title={t("bulk.jobTitle", { action: t(`bulk.actions.${job.action}`), count: job.rows.total })}
          crumbs={crumbs}
          status={<JobBadge state={job.state} />}
          actions={
            <>
              {mayControl && <JobAct job={{ ...job, kind: "bulk" }} />}
              {job.state === "done" && job.action !== "revoke" && <SaveAll job={job} />}
            </>
          }
        >
          <Progress job={job} />
          {/* A new key for each state, so that the last results are loaded when the job has ended. */}
          <Rows key={job.state} job={job} {...filter} />
        </Page>
      )}
    </AnsweredPage>
  );
}

function Progress({ job }: { job: BulkJob }) {
  const { t, i18n } = useTranslation();
  const { total, received, done } = job.rows;
  const isChecking = job.phase === "checking";
  const passed = isChecking ? total - received : done;
  const told = t(isChecking ? "bulk.checking" : "bulk.working", { passed, count: total });
  return (
    <div className="mb-6 rounded-lg border bg-surface px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-2 text-sm">
        <span className="font-medium" aria-live="polite">
          {isAtWork(job) ? told : t(`bulk.ended.${job.state as "done" | "failed" | "cancelled"}`)}
        </span>
        <span className="text-muted tabular">
          {ROW_STATES.filter((state) => job.rows[state] > 0)
            .map((state) => `${t(`bulk.rowState.${state}`)}: ${job.rows[state].toLocaleString(i18n.language)}`)
            .join(" · ")}
        </span>
      </div>
      <ProgressBar label={told} passed={passed} total={total} />
      {job.last_error && (
        <p className="mt-2.5 text-sm text-danger" lang="en">
          {job.last_error}
        </p>
      )}
    </div>
  );
}

function Rows({ job, search, onSearch }: SearchProps<BulkSearch> & { job: BulkJob }) {
  const { t } = useTranslation();
  const columns = useMemo(() => rowColumns(t, job.action), [t, job.action]);
  return (
    <ListTable
      label={t("bulk.rows")}
      list={useBulkRows(job, search)}
      table={{ name: "bulk-rows", columns, rowId: (row) => String(row.number) }}
      expected={8}
      filters={{
        ...filtering({ search, onSearch }),
        controls: (
          <StateFilter
            value={search.state}
            states={ROW_STATES}
            nameOf={(state) => t(`bulk.rowState.${state}`)}
            onSearch={onSearch}
          />
        ),
      }}
    />
  );
}

function SaveAll({ job }: { job: BulkJob }) {
  const { t } = useTranslation();
  const save = useSaveCertificates(job);
  return (
    <Button busy={save.isPending} onClick={() => save.mutate()}>
      <Download aria-hidden />
      {t("bulk.save")}
    </Button>
  );
}
