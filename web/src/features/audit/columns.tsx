import type { TFunction } from "i18next";
import type { AuditEvent } from "@/api";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Badge } from "@/components/ui/badge";
import { actionText } from "./parts/action-text";
import { outcomeText } from "./parts/words";

export function auditColumns(t: TFunction, onOpen: (event: AuditEvent) => void): Column<AuditEvent>[] {
  return [
    {
      id: "action",
      header: t("audit.column.action"),
      phone: true,
      cell: (row) => (
        <button type="button" className="text-left font-medium hover:underline" onClick={() => onOpen(row)}>
          {actionText(t, row)}
        </button>
      ),
    },
    {
      id: "outcome",
      header: t("audit.column.outcome"),
      cell: (row) => <Badge tone={row.outcome === "success" ? "good" : "danger"}>{outcomeText(t, row.outcome)}</Badge>,
    },
    {
      id: "actor",
      header: t("audit.column.actor"),
      phone: true,
      cell: (row) => (
        <span className="whitespace-nowrap">
          {row.actor.name} <span className="text-xs text-muted">{row.actor.via}</span>
        </span>
      ),
    },
    {
      id: "object",
      header: t("audit.column.object"),
      cell: (row) => <AuditObject event={row} />,
    },
    {
      id: "time",
      header: t("audit.column.time"),
      align: "right",
      phone: true,
      cell: (row) => <Moment time={row.time} precise />,
    },
    {
      id: "node",
      header: t("audit.column.node"),
      hidden: true,
      cell: (row) => (
        <span className="font-mono text-xs text-muted">
          {row.node} #{row.seq}
        </span>
      ),
    },
    {
      id: "peer",
      header: t("audit.column.peer"),
      hidden: true,
      cell: (row) => <span className="font-mono text-xs">{row.peer}</span>,
    },
  ];
}

function AuditObject({ event: { object } }: { event: AuditEvent }) {
  return (
    <span className="text-xs text-muted">
      {object.kind} <span className="font-mono">{object.id.slice(0, 13)}</span>
    </span>
  );
}
