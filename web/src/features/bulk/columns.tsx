import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { BulkAction, BulkRow } from "@/api";
import type { Column } from "@/components/data-table";
import { RowBadge } from "./status";

export function rowColumns(t: TFunction, action: BulkAction): Column<BulkRow>[] {
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
      cell: (row) => <RowBadge state={row.state} />,
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
