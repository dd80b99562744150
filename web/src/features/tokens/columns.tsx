import type { TFunction } from "i18next";
import type { Token } from "@/api";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Button } from "@/components/ui/button";
import { roleName } from "@/features/session";
import { isInForce, TokenBadge } from "./status";

export function tokenColumns(t: TFunction, onRevoke: ((token: Token) => void) | undefined): Column<Token>[] {
  return [
    {
      id: "name",
      header: t("common.name"),
      phone: true,
      cell: (row) => <span className="font-medium">{row.name}</span>,
    },
    { id: "state", header: t("common.state"), phone: true, cell: (row) => <TokenBadge token={row} /> },
    {
      id: "role",
      header: t("common.role"),
      cell: (row) => <span className="whitespace-nowrap">{roleName(t, row.role)}</span>,
    },
    {
      id: "prefix",
      header: t("tokens.prefix"),
      cell: (row) => <span className="font-mono text-xs text-muted">{row.prefix}…</span>,
    },
    {
      id: "used",
      header: t("tokens.used"),
      cell: (row) => (row.last_used_at ? <Moment time={row.last_used_at} /> : t("tokens.never")),
    },
    {
      id: "expires",
      header: t("common.expires"),
      align: "right",
      phone: true,
      cell: (row) => <Moment time={row.expires} />,
    },
    {
      id: "by",
      header: t("tokens.by"),
      hidden: true,
      cell: (row) => <span className="text-xs text-muted">{row.created_by}</span>,
    },
    {
      id: "revoke",
      header: t("table.actions"),
      isActs: true,
      align: "right",
      cell: (row) =>
        onRevoke &&
        isInForce(row) && (
          <Button size="sm" onClick={() => onRevoke(row)}>
            {t("certificates.act.revoke")}
          </Button>
        ),
    },
  ];
}
