import { Link } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChoiceChip } from "@/components/filter";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { filtering, type SearchProps } from "@/lib/search";
import { ListPage } from "@/shared/list-page";
import { StateFilter } from "@/shared/state-filter";
import { approvalColumns } from "./columns";
import { useApprovals } from "./queries";
import { APPROVAL_SHARES, APPROVAL_STATES, type ApprovalSearch } from "./search";

export function ApprovalsPage({ search, onSearch }: SearchProps<ApprovalSearch>) {
  const { t } = useTranslation();
  const columns = useMemo(() => approvalColumns(t), [t]);
  const rules = (
    <Button asChild>
      <Link to="/approvals/rules">{t("approvals.rulesLink")}</Link>
    </Button>
  );
  return (
    <ListPage
      title={t("approvals.title")}
      purpose={t("approvals.purpose")}
      actions={rules}
      list={useApprovals(search)}
      table={{ name: "approvals", columns, rowId: (row) => row.id }}
      empty={{ icon: ShieldCheck, title: t("approvals.emptyTitle"), text: t("approvals.emptyText") }}
      filters={{
        controls: <Filters search={search} onSearch={onSearch} />,
        ...filtering({ search, onSearch }),
      }}
    />
  );
}

function Filters({ search, onSearch }: SearchProps<ApprovalSearch>) {
  const { t } = useTranslation();
  const mayGive = useMay("approval:approve");
  return (
    <>
      <StateFilter
        value={search.state}
        states={APPROVAL_STATES}
        nameOf={(state) => t(`approvals.state.${state}`)}
        onSearch={onSearch}
      />
      <ChoiceChip
        label={t("approvals.show")}
        value={search.show}
        choices={APPROVAL_SHARES.filter((one) => one !== "needsMe" || mayGive)}
        nameOf={(show) => t(`approvals.${show}`)}
        onChange={(show) => onSearch({ show })}
      />
    </>
  );
}
