import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { KeyRound } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Token, toApiError, useRefresh } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { type Column, DataTable } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { roleName, useMay } from "@/features/session";
import { BY_CURSOR, usePages } from "@/lib/pages";
import { Answered } from "@/shared/answered";
import { CreateToken } from "./parts/create";

const PAGE = 100;

export function TokensPage() {
  const { t } = useTranslation();
  const mayCreate = useMay("token:create");
  const mayRevoke = useMay("token:revoke");
  const [revoking, setRevoking] = useState<Token>();
  const tokens = useInfiniteQuery({ ...api.listTokensInfiniteOptions({ query: { limit: PAGE } }), ...BY_CURSOR });
  const { rows, paging } = usePages(tokens);
  const columns = useMemo(() => tokenColumns(t, mayRevoke ? setRevoking : undefined), [t, mayRevoke]);
  const create = mayCreate && <CreateToken />;
  return (
    <Page title={t("tokens.title")} purpose={t("tokens.purpose")} actions={create}>
      <Answered question={tokens}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={KeyRound} title={t("tokens.emptyTitle")}>
              {t("tokens.emptyText")}
            </EmptyState>
          ) : (
            <DataTable
              name="tokens"
              label={t("tokens.title")}
              columns={columns}
              rows={rows}
              rowId={(row) => row.id}
              paging={paging}
            />
          )
        }
      </Answered>
      {revoking && <RevokeToken token={revoking} onClose={() => setRevoking(undefined)} />}
    </Page>
  );
}

function tokenColumns(t: TFunction, onRevoke: ((token: Token) => void) | undefined): Column<Token>[] {
  return [
    {
      id: "name",
      header: t("common.name"),
      phone: true,
      cell: (row) => <span className="font-medium">{row.name}</span>,
    },
    { id: "state", header: t("common.state"), phone: true, cell: (row) => <TokenState token={row} /> },
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

function isInForce(token: Token): boolean {
  return token.revoked_at === null && Date.parse(token.expires) > Date.now();
}

function TokenState({ token }: { token: Token }) {
  const { t } = useTranslation();
  if (token.revoked_at !== null) return <Badge tone="danger">{t("status.revokedCa")}</Badge>;
  return isInForce(token) ? (
    <Badge tone="good">{t("status.active")}</Badge>
  ) : (
    <Badge tone="neutral">{t("status.expiredCa")}</Badge>
  );
}

function RevokeToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh("token");
  const revoke = useMutation({
    ...api.revokeTokenMutation(),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("certificates.ask.revoke", { name: token.name })}
      consequences={[t("tokens.consequence")]}
      verb={t("certificates.act.revoke")}
      busy={revoke.isPending}
      error={revoke.error ? toApiError(revoke.error) : null}
      onConfirm={() => revoke.mutate({ path: { token: token.id } })}
    />
  );
}
