import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { ShieldCheck } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Approval } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { FilterChip } from "@/components/filter";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { usePages } from "@/lib/pages";
import { Answered } from "@/shared/answered";
import { useApprovals } from "./queries";
import { APPROVAL_SHARES, APPROVAL_STATES, type ApprovalSearch } from "./search";
import { ApprovalBadge, objectName, operationKey } from "./status";

interface ApprovalsPageProps {
  search: ApprovalSearch;
  onSearch: (changed: Partial<ApprovalSearch>) => void;
}

export function ApprovalsPage({ search, onSearch }: ApprovalsPageProps) {
  const { t } = useTranslation();
  const found = useApprovals(search);
  const { rows, paging } = usePages(found);
  const columns = useMemo(() => approvalColumns(t), [t]);
  const rules = (
    <Button asChild>
      <Link to="/approvals/rules">{t("approvals.rulesLink")}</Link>
    </Button>
  );
  return (
    <Page title={t("approvals.title")} purpose={t("approvals.purpose")} actions={rules}>
      <Answered question={found}>
        {() => (
          <DataTable
            name="approvals"
            label={t("approvals.title")}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            paging={paging}
            toolbar={<Filters search={search} onSearch={onSearch} />}
          />
        )}
      </Answered>
      {found.isSuccess && rows.length === 0 && (
        <EmptyState icon={ShieldCheck} title={t("approvals.emptyTitle")}>
          {t("approvals.emptyText")}
        </EmptyState>
      )}
    </Page>
  );
}

function Filters({ search, onSearch }: ApprovalsPageProps) {
  const { t } = useTranslation();
  const mayGive = useMay("approval:give");
  const shares = APPROVAL_SHARES.filter((one) => one !== "needsMe" || mayGive);
  return (
    <>
      <FilterChip
        label={t("common.state")}
        value={search.state}
        choices={APPROVAL_STATES.map((one) => ({ value: one, label: t(`approvals.state.${one}`) }))}
        onChange={(value) => onSearch({ state: APPROVAL_STATES.find((one) => one === value) })}
      />
      <FilterChip
        label={t("approvals.show")}
        value={search.show}
        choices={shares.map((one) => ({ value: one, label: t(`approvals.${one}`) }))}
        onChange={(value) => onSearch({ show: APPROVAL_SHARES.find((one) => one === value) })}
      />
    </>
  );
}

function approvalColumns(t: TFunction): Column<Approval>[] {
  return [
    { id: "act", header: t("approvals.act"), phone: true, cell: (row) => <ActLink approval={row} /> },
    {
      id: "object",
      header: t("approvals.object"),
      cell: (row) => <span className="block max-w-64 truncate">{objectName(row)}</span>,
    },
    {
      id: "state",
      header: t("common.state"),
      phone: true,
      cell: (row) => <ApprovalBadge state={row.state} />,
    },
    { id: "requester", header: t("approvals.requester"), cell: (row) => row.requester_name },
    {
      id: "consents",
      header: t("approvals.consents"),
      align: "right",
      cell: ({ approvals }) => t("approvals.consentsOf", { given: approvals.given.length, needed: approvals.needed }),
    },
    { id: "lacks", header: t("approvals.lacks"), cell: (row) => <Lacks approval={row} /> },
    {
      id: "created",
      header: t("common.created"),
      align: "right",
      phone: true,
      cell: (row) => <Moment time={row.created_at} />,
    },
    {
      id: "expires",
      header: t("approvals.expires"),
      align: "right",
      hidden: true,
      cell: (row) => <Moment time={row.expires_at} />,
    },
  ];
}

function ActLink({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const words = t(operationKey(approval.operation));
  const look = "font-medium whitespace-nowrap hover:underline";
  if (approval.request !== null) {
    return (
      <Link to="/requests/$id" params={{ id: approval.request }} className={look}>
        {words}
      </Link>
    );
  }
  return (
    <Link to="/approvals/$id" params={{ id: approval.id }} className={look}>
      {words}
    </Link>
  );
}

function Lacks({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  if (approval.state !== "waiting") return null;
  const missing = Math.max(0, ...approval.approvals.rules.map((rule) => rule.missing));
  return <span className="whitespace-nowrap text-muted">{t("approvals.missingShort", { count: missing })}</span>;
}
