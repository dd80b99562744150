import type { TFunction } from "i18next";
import { Bot } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AcmeAccount } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { ListTable } from "@/shared/list-page";
import { useRevokeAccount } from "../mutations";
import { useAcmeAccounts } from "../queries";
import { standing, TONES } from "./account-status";

/** The ACME clients that registered, and the keys by which they did. */
export function AcmeAccounts() {
  const { t } = useTranslation();
  const mayRevoke = useMay("token:revoke");
  const [revoking, setRevoking] = useState<AcmeAccount>();
  const columns = useMemo(() => accountColumns(t, mayRevoke ? setRevoking : undefined), [t, mayRevoke]);
  return (
    <>
      <ListTable
        label={t("acme.title")}
        list={useAcmeAccounts()}
        table={{ name: "acme-accounts", columns, rowId: (row) => row.id }}
        empty={{ icon: Bot, title: t("acme.emptyTitle"), text: t("acme.emptyText") }}
      />
      {revoking && <RevokeAccount account={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}

function accountColumns(t: TFunction, onRevoke: ((account: AcmeAccount) => void) | undefined): Column<AcmeAccount>[] {
  return [
    {
      id: "token",
      header: t("acme.key"),
      phone: true,
      cell: (row) => <span className="font-medium">{row.token_name}</span>,
    },
    { id: "state", header: t("common.state"), phone: true, cell: (row) => <AccountBadge account={row} /> },
    { id: "contacts", header: t("acme.contacts"), cell: (row) => row.contacts.map(address).join(", ") },
    {
      id: "id",
      header: t("acme.account"),
      cell: (row) => <span className="font-mono text-xs text-muted">{row.id}</span>,
    },
    {
      id: "owner",
      header: t("acme.owner"),
      hidden: true,
      cell: (row) => <span className="text-xs text-muted">{row.owner}</span>,
    },
    { id: "created", header: t("acme.created"), phone: true, cell: (row) => <Moment time={row.created_at} /> },
    { id: "expires", header: t("common.expires"), align: "right", cell: (row) => <Moment time={row.token_expires} /> },
    {
      id: "revoke",
      header: t("table.actions"),
      isActs: true,
      align: "right",
      cell: (row) =>
        onRevoke &&
        row.state === "valid" && (
          <Button size="sm" onClick={() => onRevoke(row)}>
            {t("certificates.act.revoke")}
          </Button>
        ),
    },
  ];
}

function address(contact: string): string {
  return contact.replace(/^mailto:/, "");
}

function AccountBadge({ account }: { account: AcmeAccount }) {
  const { t } = useTranslation();
  const now = standing(account, Date.now());
  return <Badge tone={TONES[now]}>{t(`acme.standing.${now}`)}</Badge>;
}

function RevokeAccount({ account, onClose }: { account: AcmeAccount; onClose: () => void }) {
  const { t } = useTranslation();
  const revoke = useRevokeAccount(account, onClose);
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("acme.revoke", { name: account.token_name })}
      consequences={[t("acme.consequence"), t("acme.keyStays")]}
      verb={t("certificates.act.revoke")}
      busy={revoke.isPending}
      error={revoke.failure}
      onConfirm={() => revoke.mutate()}
    />
  );
}
