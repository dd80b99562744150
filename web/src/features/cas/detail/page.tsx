import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { History } from "@/features/audit";
import { CaFrame } from "../parts/ca-frame";
import { useCas } from "../queries";
import type { CaTab } from "../search";
import { CaBadge } from "../status";
import { CaActs } from "./acts";
import { Crls } from "./crls";
import { CaKeys } from "./keys";
import { CaOverview } from "./overview";
import { scheduledEvents } from "./scheduled";
import { findDistrust } from "./trust";
import { distrustText, TrustAnchor } from "./trust-anchor";

interface CaPageProps {
  id: string;
  tab: CaTab;
  onTab: (tab: CaTab) => void;
}

export function CaPage({ id, tab, onTab }: CaPageProps) {
  const { t } = useTranslation();
  return (
    <CaFrame id={id} unnamed={t("cas.one")}>
      {(ca, crumbs) => (
        <Page
          title={ca.name}
          crumbs={crumbs}
          status={<CaBadge state={ca.state} until={ca.not_after} />}
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
              { value: "keys", label: t("cas.tab.keys"), content: <CaKeys ca={ca} /> },
              { value: "crls", label: t("cas.tab.crls"), content: <Crls ca={ca} /> },
              { value: "anchor", label: t("cas.tab.anchor"), content: <TrustAnchor ca={ca} /> },
              { value: "timeline", label: t("cas.tab.timeline"), content: <CaTimeline ca={ca} /> },
            ]}
          />
        </Page>
      )}
    </CaFrame>
  );
}

function CaTimeline({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  return <History objectId={ca.id} scheduled={scheduledEvents(t, ca, new Date())} />;
}

function CaPurpose({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const distrust = findDistrust(ca, useCas().data?.items ?? [], new Date());
  if (distrust) return distrustText(t, distrust, ca);
  if (ca.state === "external") return t("cas.about.external");
  if (ca.state === "retired") return t("cas.about.retired");
  return ca.parent === null ? t("cas.about.root") : t("cas.about.subordinate");
}
