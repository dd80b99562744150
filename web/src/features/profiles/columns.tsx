import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { Profile } from "@/api";
import type { Column } from "@/components/data-table";
import { duration } from "@/lib/time";
import { ProfileBadge } from "./status";

export function profileColumns(t: TFunction, language: string): Column<Profile>[] {
  return [
    {
      id: "name",
      header: t("common.name"),
      phone: true,
      cell: (row) => (
        <Link
          to="/profiles/$name"
          params={{ name: row.name }}
          className="font-mono text-xs font-medium hover:underline"
        >
          {row.name}
        </Link>
      ),
    },
    {
      id: "description",
      header: t("profiles.description"),
      phone: true,
      cell: (row) => <span className="line-clamp-1 text-muted">{row.description}</span>,
    },
    { id: "kind", header: t("profiles.kind"), cell: (row) => t(`profiles.kinds.${row.kind}`) },
    {
      id: "validity",
      header: t("issue.validity"),
      cell: (row) => duration(row.validity.default, language),
    },
    { id: "version", header: t("profiles.version"), align: "right", cell: (row) => row.version },
    {
      id: "state",
      header: t("common.state"),
      cell: (row) => <ProfileBadge state={row.state} />,
    },
  ];
}
