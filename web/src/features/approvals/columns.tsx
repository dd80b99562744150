import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Approval } from "@/api";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { ApprovalBadge, objectName, operationKey } from "./status";

export function approvalColumns(t: TFunction): Column<Approval>[] {
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
