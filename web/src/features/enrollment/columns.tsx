import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Ca, Credential } from "@/api";
import { CopyButton } from "@/components/copy-button";
import type { Column } from "@/components/data-table";
import { Moment } from "@/components/moment";
import { Button } from "@/components/ui/button";
import { CredentialBadge } from "./status";

interface Actions {
  onShow: (credential: Credential) => void;
  /** Missing if the user cannot revoke. */
  onRevoke: ((credential: Credential) => void) | undefined;
}

export function credentialColumns(t: TFunction, cas: ReadonlyMap<string, Ca>, actions: Actions): Column<Credential>[] {
  return [
    {
      id: "name",
      header: t("common.name"),
      phone: true,
      cell: (row) => (
        <button type="button" className="text-left font-medium hover:underline" onClick={() => actions.onShow(row)}>
          {row.name}
        </button>
      ),
    },
    { id: "state", header: t("common.state"), phone: true, cell: (row) => <CredentialBadge credential={row} /> },
    ...limitColumns(t, cas),
    { id: "url", header: t("enrollment.address"), cell: (row) => <Address url={row.url} /> },
    {
      id: "used",
      header: t("tokens.used"),
      hidden: true,
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
      id: "owner",
      header: t("enrollment.owner"),
      hidden: true,
      cell: (row) => <span className="text-xs text-muted">{row.owner}</span>,
    },
    actionsColumn(t, actions),
  ];
}

/** What the clients are limited to. */
function limitColumns(t: TFunction, cas: ReadonlyMap<string, Ca>): Column<Credential>[] {
  const text = (value: string) => <span className="whitespace-nowrap">{value}</span>;
  return [
    {
      id: "ca",
      header: t("certificates.column.ca"),
      cell: (row) => text(row.cas?.map((id) => cas.get(id)?.name ?? id).join(", ") ?? t("common.all")),
    },
    {
      id: "profile",
      header: t("certificates.column.profile"),
      cell: (row) => text(row.profiles?.join(", ") ?? t("common.all")),
    },
    {
      id: "names",
      header: t("enrollment.names"),
      hidden: true,
      cell: (row) => <span className="text-xs">{row.names?.join(", ") ?? t("enrollment.notLimited")}</span>,
    },
    { id: "devices", header: t("enrollment.devices"), align: "right", cell: (row) => row.devices || t("common.all") },
  ];
}

function actionsColumn(t: TFunction, { onShow, onRevoke }: Actions): Column<Credential> {
  return {
    id: "actions",
    header: t("table.actions"),
    isActs: true,
    align: "right",
    cell: (row) => (
      <span className="inline-flex gap-1.5">
        <Button size="sm" aria-label={t("enrollment.configureName", { name: row.name })} onClick={() => onShow(row)}>
          {t("enrollment.configure")}
        </Button>
        {onRevoke && row.revoked_at === null && (
          <Button size="sm" aria-label={t("enrollment.revokeName", { name: row.name })} onClick={() => onRevoke(row)}>
            {t("certificates.act.revoke")}
          </Button>
        )}
      </span>
    ),
  };
}

function Address({ url }: { url: string }) {
  const { t } = useTranslation();
  return (
    <span className="flex items-center gap-1">
      <span className="max-w-56 truncate font-mono text-xs text-muted" title={url}>
        {new URL(url).pathname}
      </span>
      <CopyButton text={url} label={t("common.copy", { what: url })} />
    </span>
  );
}
