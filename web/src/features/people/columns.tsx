import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { User } from "@/api";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Shortened } from "@/components/shortened";
import { roleName } from "@/features/session";
import { UserMenu } from "./parts/menu";
import { UserBadge } from "./status";

export function userColumns(t: TFunction, mayManage: boolean, onLink: (link: string) => void): Column<User>[] {
  return [
    { id: "name", header: t("common.name"), phone: true, cell: (row) => <Name user={row} /> },
    { id: "state", header: t("common.state"), phone: true, cell: (row) => <UserBadge state={row.state} /> },
    { id: "role", header: t("common.role"), phone: true, cell: (row) => roleName(t, row.role) },
    {
      id: "origin",
      header: t("people.origin"),
      cell: (row) => <span className="text-muted">{row.origin ?? t("people.originHere")}</span>,
    },
    {
      id: "email",
      header: t("people.email"),
      cell: (row) => <Shortened text={row.email ?? ""} className="max-w-56 text-muted" />,
    },
    {
      id: "seen",
      header: t("people.seen"),
      align: "right",
      cell: (row) => (row.last_sign_in_at ? <Moment time={row.last_sign_in_at} /> : t("tokens.never")),
    },
    {
      id: "act",
      header: t("table.actions"),
      isActs: true,
      align: "right",
      cell: (row) => mayManage && <UserMenu user={row} onLink={onLink} />,
    },
  ];
}

function Name({ user }: { user: User }) {
  return (
    <span className="flex flex-wrap items-baseline gap-x-1.5 sm:max-w-72 sm:flex-nowrap">
      <Link
        to="/people/$user"
        params={{ user: user.id }}
        title={user.display_name}
        className="min-w-0 font-medium hover:underline sm:truncate"
      >
        {user.display_name}
      </Link>
      <span title={user.login} className="min-w-0 text-xs text-muted sm:truncate">
        {user.login}
      </span>
    </span>
  );
}
