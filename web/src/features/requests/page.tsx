import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { Inbox } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { FilterChip } from "@/components/filter";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { displayName } from "@/lib/names";
import { usePages } from "@/lib/pages";
import { Answered } from "@/shared/answered";

import { useRequests } from "./queries";
import { REQUEST_SHARES, REQUEST_STATES, type RequestSearch } from "./search";
import { RequestBadge } from "./status";

interface RequestsPageProps {
  search: RequestSearch;
  onSearch: (changed: Partial<RequestSearch>) => void;
}

export function RequestsPage({ search, onSearch }: RequestsPageProps) {
  const { t } = useTranslation();
  const maySubmit = useMay("request:submit");
  const found = useRequests(search);
  const { rows, paging } = usePages(found);
  const columns = useMemo(() => requestColumns(t), [t]);
  return (
    <Page title={t("requests.title")} purpose={t("requests.purpose")} actions={maySubmit && <SubmitButton />}>
      <Answered question={found}>
        {() => (
          <DataTable
            name="requests"
            label={t("requests.title")}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            paging={paging}
            toolbar={<Filters search={search} onSearch={onSearch} />}
          />
        )}
      </Answered>
      {found.isSuccess && rows.length === 0 && (
        <EmptyState icon={Inbox} title={t("requests.emptyTitle")}>
          {t("requests.emptyText")}
        </EmptyState>
      )}
    </Page>
  );
}

function SubmitButton() {
  const { t } = useTranslation();
  return (
    <Button asChild variant="primary">
      <Link to="/requests/new">{t("requests.submit")}</Link>
    </Button>
  );
}

function Filters({ search, onSearch }: RequestsPageProps) {
  const { t } = useTranslation();
  const mayApprove = useMay("request:approve");
  const shares = REQUEST_SHARES.filter((one) => one !== "needsMe" || mayApprove);
  return (
    <>
      <FilterChip
        label={t("common.state")}
        value={search.state}
        choices={REQUEST_STATES.map((one) => ({ value: one, label: t(`requests.state.${one}`) }))}
        onChange={(value) => onSearch({ state: REQUEST_STATES.find((one) => one === value) })}
      />
      <FilterChip
        label={t("requests.show")}
        value={search.show}
        choices={shares.map((one) => ({ value: one, label: t(`requests.${one}`) }))}
        onChange={(value) => onSearch({ show: REQUEST_SHARES.find((one) => one === value) })}
      />
    </>
  );
}

function requestColumns(t: TFunction): Column<CertificateRequest>[] {
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
