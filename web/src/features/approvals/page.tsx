import { Link } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChoiceChip } from "@/components/filter";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { cleared, isFiltered, type SearchProps } from "@/lib/search";
import { ListPage } from "@/shared/list-page";
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
        isOn: isFiltered(search),
        onClear: () => onSearch(cleared(search)),
      }}
    />
  );
}

function Filters({ search, onSearch }: SearchProps<ApprovalSearch>) {
  const { t } = useTranslation();
  const mayGive = useMay("approval:approve");
  return (
    <>
      <ChoiceChip
        label={t("common.state")}
        value={search.state}
        choices={APPROVAL_STATES}
        nameOf={(state) => t(`approvals.state.${state}`)}
        onChange={(state) => onSearch({ state })}
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
