import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Ca, toApiError } from "@/api";
import { Page } from "@/components/page";
import { ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import { History } from "@/features/audit";
import { CaActs } from "./acts";
import { CaBadge } from "./ca-badge";
import { Crls } from "./crls";
import { CaOverview } from "./overview";
import { useCa } from "./queries";
import type { CaTab } from "./tabs";
import { TrustAnchor } from "./trust-anchor";

interface CaPageProps {
  id: string;
  tab: CaTab;
  onTab: (tab: CaTab) => void;
}

export function CaPage({ id, tab, onTab }: CaPageProps) {
  const { t } = useTranslation();
  const found = useCa(id);
  const crumbs = [{ label: t("cas.title"), to: "/cas" as const }];
  if (found.isError) {
    return (
      <Page title={t("cas.one")} crumbs={crumbs}>
        <ErrorState error={toApiError(found.error)} retry={() => void found.refetch()} />
      </Page>
    );
  }
  if (!found.data) {
    return (
      <Page title={t("common.loading")} crumbs={crumbs}>
        <div aria-busy="true">
          <Skeleton className="mb-4 h-9" />
          <Skeleton className="h-64" />
        </div>
      </Page>
    );
  }
  const ca = found.data;
  return (
    <Page
      title={ca.name}
      crumbs={crumbs}
      status={<CaBadge state={ca.state} />}
      purpose={<CaPurpose ca={ca} />}
      actions={
        <>
          <Button asChild>
            <Link to="/certificates" search={{ ca: ca.id }}>
              {t("cas.issued")}
            </Link>
          </Button>
          <CaActs ca={ca} />
        </>
      }
    >
      <Tabs
        label={ca.name}
        value={tab}
        onChange={onTab}
        tabs={[
          { value: "overview", label: t("cas.tab.overview"), content: <CaOverview ca={ca} /> },
          { value: "crls", label: t("cas.tab.crls"), content: <Crls ca={ca} /> },
          { value: "anchor", label: t("cas.tab.anchor"), content: <TrustAnchor ca={ca} /> },
          { value: "timeline", label: t("cas.tab.timeline"), content: <History objectId={ca.id} /> },
        ]}
      />
    </Page>
  );
}

function CaPurpose({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  if (ca.state === "suspended") return t("cas.about.suspended");
  if (ca.state === "retired") return t("cas.about.retired");
  return ca.parent === null ? t("cas.about.root") : t("cas.about.subordinate");
}
