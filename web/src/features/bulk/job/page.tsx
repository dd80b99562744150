import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { Download } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type BulkAction, type BulkJob, type BulkRow, type BulkRowState, rest, toApiError } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { FilterChip } from "@/components/filter";
import { Page } from "@/components/page";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { JobAct, JobBadge } from "@/features/jobs";
import { useMay } from "@/features/session";
import { download } from "@/lib/download";
import { usePages } from "@/lib/pages";
import { AnsweredPage, Failure } from "@/shared/answered";
import { isAtWork, useBulkJob, useBulkRows } from "../queries";

const STATES = ["received", "checked", "done", "refused"] as const satisfies readonly BulkRowState[];
const TONES: Record<BulkRowState, Tone> = { received: "neutral", checked: "accent", done: "good", refused: "danger" };

/** How far a job is, and what became of each row. */
export function BulkJobPage({ id }: { id: string }) {
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
          {/* Anew with each state, so that the last results are read when it has ended. */}
          <Rows key={job.state} job={job} />
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
          {STATES.filter((state) => job.rows[state] > 0)
            .map((state) => `${t(`bulk.rowState.${state}`)}: ${job.rows[state].toLocaleString(i18n.language)}`)
            .join(" · ")}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={told}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={passed}
        className="mt-2.5 h-1.5 overflow-hidden rounded-full bg-neutral-bg"
      >
        <div className="h-full rounded-full bg-chart" style={{ width: `${(passed / Math.max(1, total)) * 100}%` }} />
      </div>
      {job.last_error && (
        <p className="mt-2.5 text-sm text-danger" lang="en">
          {job.last_error}
        </p>
      )}
    </div>
  );
}

function Rows({ job }: { job: BulkJob }) {
  const { t } = useTranslation();
  const [state, setState] = useState<BulkRowState>();
  const found = useBulkRows(job, state);
  const { rows, paging } = usePages(found);
  const columns = useMemo(() => rowColumns(t, job.action), [t, job.action]);
  if (found.isError) return <Failure question={found} />;
  if (found.isPending) return <SkeletonRows rows={8} />;
  return (
    <DataTable
      name="bulk-rows"
      label={t("bulk.rows")}
      columns={columns}
      rows={rows}
      rowId={(row) => String(row.number)}
      paging={paging}
      toolbar={
        <FilterChip
          label={t("common.state")}
          value={state}
          choices={STATES.map((one) => ({ value: one, label: t(`bulk.rowState.${one}`) }))}
          onChange={(value) => setState(STATES.find((one) => one === value))}
        />
      }
    />
  );
}

function rowColumns(t: TFunction, action: BulkAction): Column<BulkRow>[] {
  return [
    {
      id: "number",
      header: t("bulk.row"),
      phone: true,
      cell: (row) =>
        row.certificate === null ? (
          <span className="tabular">{row.number}</span>
        ) : (
          <Link
            to="/certificates/$id"
            params={{ id: row.certificate }}
            className="font-medium tabular hover:underline"
            aria-label={t("bulk.rowLink", { number: row.number })}
          >
            {row.number}
          </Link>
        ),
    },
    {
      id: "reference",
      header: t("bulk.reference"),
      cell: (row) => <span className="block max-w-48 truncate">{row.reference}</span>,
    },
    {
      id: "state",
      header: t("common.state"),
      phone: true,
      cell: (row) => <Badge tone={TONES[row.state]}>{t(`bulk.rowState.${row.state}`)}</Badge>,
    },
    {
      id: "detail",
      header: t("bulk.result"),
      phone: true,
      cell: (row) =>
        row.state === "done" ? (
          <span className="text-xs text-muted">{t(`bulk.became.${action}`)}</span>
        ) : (
          <span className="text-xs text-muted [overflow-wrap:anywhere]" lang="en">
            {row.detail}
          </span>
        ),
    },
  ];
}

function SaveAll({ job }: { job: BulkJob }) {
  const { t } = useTranslation();
  const save = async () => {
    try {
      const { data } = await rest.getBulkFile({ path: { job: job.id }, parseAs: "blob" });
      download(data as Blob, "certificates.zip", "application/zip");
    } catch (error) {
      toast(toApiError(error).message, { tone: "danger" });
    }
  };
  return (
    <Button onClick={() => void save()}>
      <Download aria-hidden />
      {t("bulk.save")}
    </Button>
  );
}
