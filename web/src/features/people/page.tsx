import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type User } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { Shortened } from "@/components/shortened";
import { roleName, useMay } from "@/features/session";
import { BY_CURSOR, usePages } from "@/lib/pages";
import { Answered } from "@/shared/answered";
import { CreateUser } from "./parts/create";
import { LinkDialog } from "./parts/link-dialog";
import { UserMenu } from "./parts/menu";
import { UserBadge } from "./status";

const PAGE = 100;

/** Who may sign in. */
export function PeoplePage() {
  const { t } = useTranslation();
  const mayManage = useMay("user:manage");
  const [link, setLink] = useState<string>();
  const users = useInfiniteQuery({ ...api.listUsersInfiniteOptions({ query: { limit: PAGE } }), ...BY_CURSOR });
  const { rows, paging } = usePages(users);
  const columns = useMemo(() => userColumns(t, mayManage, setLink), [t, mayManage]);
  return (
    <Page
      title={t("people.title")}
      purpose={t("people.purpose")}
      actions={mayManage && <CreateUser onLink={setLink} />}
    >
      <Answered question={users}>
        {() => (
          <DataTable
            name="people"
            label={t("people.title")}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            paging={paging}
          />
        )}
      </Answered>
      <LinkDialog link={link} onClose={() => setLink(undefined)} />
    </Page>
  );
}

function userColumns(t: TFunction, mayManage: boolean, onLink: (link: string) => void): Column<User>[] {
  return [
    {
      id: "name",
      header: t("common.name"),
      phone: true,
      cell: (row) => (
        <span className="flex flex-wrap items-baseline gap-x-1.5 sm:max-w-72 sm:flex-nowrap">
          <Link
            to="/people/$user"
            params={{ user: row.id }}
            title={row.display_name}
            className="min-w-0 font-medium hover:underline sm:truncate"
          >
            {row.display_name}
          </Link>
          <span title={row.login} className="min-w-0 text-xs text-muted sm:truncate">
            {row.login}
          </span>
        </span>
      ),
    },
    {
      id: "state",
      header: t("common.state"),
      phone: true,
      cell: (row) => <UserBadge state={row.state} />,
    },
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
