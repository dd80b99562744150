import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { MoreHorizontal } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, done, rest, toApiError, type User } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { ErrorState } from "@/components/states";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { roleName, useMay } from "@/features/session";
import { CreateUser } from "./create";
import { LinkDialog } from "./link-dialog";

const TONES: Record<User["state"], Tone> = { invited: "warning", active: "good", disabled: "neutral" };

/** Who may sign in. */
export function PeoplePage() {
  const { t } = useTranslation();
  const mayManage = useMay("user:manage");
  const [link, setLink] = useState<string>();
  const users = useQuery(api.listUsersOptions({ query: { limit: 200 } }));
  const columns = useMemo(() => userColumns(t, mayManage, setLink), [t, mayManage]);
  return (
    <Page
      title={t("people.title")}
      purpose={t("people.purpose")}
      actions={mayManage && <CreateUser onLink={setLink} />}
    >
      {users.isError ? (
        <ErrorState error={toApiError(users.error)} retry={() => void users.refetch()} />
      ) : users.isPending ? (
        <SkeletonRows />
      ) : (
        <DataTable
          name="people"
          label={t("people.title")}
          columns={columns}
          rows={users.data.items}
          rowId={(row) => row.id}
        />
      )}
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
        <span>
          <span className="font-medium">{row.display_name}</span>{" "}
          <span className="text-xs text-muted">{row.login}</span>
        </span>
      ),
    },
    {
      id: "state",
      header: t("common.state"),
      phone: true,
      cell: (row) => <Badge tone={TONES[row.state]}>{t(`people.state.${row.state}`)}</Badge>,
    },
    { id: "role", header: t("common.role"), phone: true, cell: (row) => roleName(t, row.role) },
    {
      id: "origin",
      header: t("people.origin"),
      cell: (row) => <span className="text-muted">{row.origin ?? t("people.originHere")}</span>,
    },
    { id: "email", header: t("people.email"), cell: (row) => <span className="text-muted">{row.email}</span> },
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

function UserMenu({ user, onLink }: { user: User; onLink: (link: string) => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const path = { user: user.id };
  const run = useMutation({
    mutationFn: (act: "disable" | "enable") =>
      act === "disable"
        ? rest.disableUser({ path, throwOnError: true })
        : rest.enableUser({ path, throwOnError: true }),
    onSuccess: () => queryClient.invalidateQueries(),
    onError: (error) => toast(toApiError(error).message, { tone: "danger" }),
  });
  const invite = useMutation({
    ...api.inviteUserMutation(),
    onSuccess: (made) => onLink(done(made).sign_in_url ?? ""),
    onError: (error) => toast(toApiError(error).message, { tone: "danger" }),
  });
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="tiny" aria-label={t("people.actions", { name: user.login })}>
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <MenuItem onSelect={() => invite.mutate({ path })}>{t("people.invite")}</MenuItem>
      {user.state === "disabled" ? (
        <MenuItem onSelect={() => run.mutate("enable")}>{t("people.enable")}</MenuItem>
      ) : (
        <MenuItem danger onSelect={() => run.mutate("disable")}>
          {t("people.disable")}
        </MenuItem>
      )}
    </Menu>
  );
}
