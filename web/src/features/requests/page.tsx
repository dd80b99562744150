import { Link } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChoiceChip } from "@/components/filter";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { filtering, type SearchProps } from "@/lib/search";
import { ListPage } from "@/shared/list-page";
import { StateFilter } from "@/shared/state-filter";
import { requestColumns } from "./columns";
import { useRequests } from "./queries";
import { REQUEST_SHARES, REQUEST_STATES, type RequestSearch } from "./search";

export function RequestsPage({ search, onSearch }: SearchProps<RequestSearch>) {
  const { t } = useTranslation();
  const maySubmit = useMay("request:submit");
  const columns = useMemo(() => requestColumns(t), [t]);
  return (
    <ListPage
      title={t("requests.title")}
      purpose={t("requests.purpose")}
      actions={maySubmit && <SubmitButton />}
      list={useRequests(search)}
      table={{ name: "requests", columns, rowId: (row) => row.id }}
      empty={{ icon: Inbox, title: t("requests.emptyTitle"), text: t("requests.emptyText") }}
      filters={{
        controls: <Filters search={search} onSearch={onSearch} />,
        ...filtering({ search, onSearch }),
      }}
    />
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

function Filters({ search, onSearch }: SearchProps<RequestSearch>) {
  const { t } = useTranslation();
  const mayApprove = useMay("request:approve");
  return (
    <>
      <StateFilter
        value={search.state}
        states={REQUEST_STATES}
        nameOf={(state) => t(`requests.state.${state}`)}
        onSearch={onSearch}
      />
      <ChoiceChip
        label={t("requests.show")}
        value={search.show}
        choices={REQUEST_SHARES.filter((one) => one !== "needsMe" || mayApprove)}
        nameOf={(show) => t(`requests.${show}`)}
        onChange={(show) => onSearch({ show })}
      />
    </>
  );
}
