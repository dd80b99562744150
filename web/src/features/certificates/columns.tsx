import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Ca, Certificate } from "@/api";
import type { Column } from "@/components/data-table";
import { HexText } from "@/components/hex-text";
import { LifeBar } from "@/components/life-bar";
import { Moment } from "@/components/moment";
import { Shortened } from "@/components/shortened";
import { ActorName } from "@/features/session";
import { displayName, sanValue } from "@/lib/names";
import { CertificateStatus } from "./status";

/** What can be seen of certificates in a list; `cas` by id. */
export function certificateColumns(t: TFunction, cas: ReadonlyMap<string, Ca>): Column<Certificate>[] {
  const c = (key: "name" | "status" | "ca" | "profile" | "life" | "expires" | "serial" | "key" | "requestedBy") =>
    t(`certificates.column.${key}`);
  return [
    { id: "name", header: c("name"), phone: true, cell: (row) => <Name certificate={row} /> },
    { id: "status", header: c("status"), phone: true, cell: (row) => <CertificateStatus certificate={row} /> },
    {
      id: "ca",
      header: c("ca"),
      cell: (row) => <Shortened text={cas.get(row.ca)?.name ?? "…"} />,
    },
    {
      id: "profile",
      header: c("profile"),
      cell: (row) => <Shortened text={row.profile} className="font-mono text-xs text-muted" />,
    },
    { id: "life", header: c("life"), cell: (row) => <LifeBar from={row.not_before} until={row.not_after} /> },
    {
      id: "expires",
      header: c("expires"),
      align: "right",
      phone: true,
      cell: (row) => <Moment time={row.not_after} />,
    },
    { id: "serial", header: c("serial"), cell: (row) => <HexText short hex={row.serial_number} name={c("serial")} /> },
    {
      id: "key",
      header: c("key"),
      hidden: true,
      cell: (row) => <span className="whitespace-nowrap">{row.key_type}</span>,
    },
    {
      id: "requestedBy",
      header: c("requestedBy"),
      hidden: true,
      cell: (row) => (
        <span className="text-xs text-muted">
          <ActorName id={row.requested_by} />
        </span>
      ),
    },
    {
      id: "issued",
      header: t("certificates.column.issued"),
      hidden: true,
      align: "right",
      cell: (row) => <Moment time={row.not_before} />,
    },
    {
      id: "fingerprint",
      header: t("certificates.column.fingerprint"),
      hidden: true,
      cell: (row) => <HexText short hex={row.fingerprint_sha256} name={t("certificates.column.fingerprint")} />,
    },
  ];
}

function Name({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const name = displayName(certificate);
  const others = certificate.sans.filter((san) => sanValue(san) !== name).length;
  return (
    <span className="flex min-w-0 items-baseline gap-1.5">
      <Link
        to="/certificates/$id"
        params={{ id: certificate.id }}
        className="max-w-60 truncate font-medium hover:underline"
        title={name}
      >
        {name}
      </Link>
      {others > 0 && (
        <span className="text-xs whitespace-nowrap text-muted">{t("certificates.moreNames", { count: others })}</span>
      )}
    </span>
  );
}
