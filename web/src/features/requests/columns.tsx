import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { CertificateRequest } from "@/api";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { displayName } from "@/lib/names";
import { RequestBadge } from "./status";

export function requestColumns(t: TFunction): Column<CertificateRequest>[] {
  return [
    {
      id: "name",
      header: t("requests.name"),
      phone: true,
      cell: (row) => (
        <Link to="/requests/$id" params={{ id: row.id }} className="font-medium hover:underline">
          {displayName(row)}
        </Link>
      ),
    },
    {
      id: "state",
      header: t("common.state"),
      phone: true,
      cell: (row) => <RequestBadge state={row.state} />,
    },
    { id: "profile", header: t("requests.profile"), cell: (row) => row.profile },
    { id: "requester", header: t("requests.requester"), cell: (row) => row.requester_name },
    {
      id: "consents",
      header: t("approvals.consents"),
      align: "right",
      cell: (row) =>
        row.approvals && t("approvals.consentsOf", { given: row.approvals.given.length, needed: row.approvals.needed }),
    },
    {
      id: "created",
      header: t("common.created"),
      align: "right",
      phone: true,
      cell: (row) => <Moment time={row.created_at} />,
    },
  ];
}
