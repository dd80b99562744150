import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Dashboard, toApiError } from "@/api";
import { Page, Section } from "@/components/page";
import { ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { ByDay } from "./parts/by-day";
import { Expiries } from "./parts/expiries";
import { Hosts } from "./parts/hosts";
import { Needs } from "./parts/needs";
import { Notices } from "./parts/notices";
import { Running } from "./parts/running";
import { Shares } from "./parts/shares";
import { Stats } from "./parts/stats";
import { useDashboard } from "./queries";

/** The open tasks of the user, and the state of the installation. */
export function DashboardPage() {
  const { t } = useTranslation();
  const mayIssue = useMay("certificate:issue");
  const found = useDashboard();
  return (
    <Page
      title={t("dashboard.title")}
      purpose={t("dashboard.purpose")}
      actions={
        mayIssue && (
          <Button asChild variant="primary">
            <Link to="/certificates/new">{t("certificates.issue")}</Link>
          </Button>
        )
      }
    >
      {found.isError ? (
        <ErrorState error={toApiError(found.error)} retry={() => void found.refetch()} />
      ) : found.data ? (
        <Loaded data={found.data} />
      ) : (
        <div aria-busy="true">
          <Skeleton className="mb-7 h-24" />
          <Skeleton className="h-64" />
        </div>
      )}
    </Page>
  );
}

function Loaded({ data }: { data: Dashboard }) {
  const { t } = useTranslation();
  return (
    <>
      <Notices />
      <Stats data={data} />
      <div className="grid gap-x-7 lg:grid-cols-[1.35fr_1fr]">
        <div className="min-w-0">
          <Section title={t("dashboard.needs")}>
            <Needs data={data} />
          </Section>
        </div>
        <div className="min-w-0">
          <Running />
          <Hosts />
        </div>
      </div>
      <div className="grid grid-cols-1 gap-x-7 lg:grid-cols-3">
        <Section title={t("dashboard.expiries")}>
          <Expiries spans={data.ending} />
        </Section>
        <Section title={t("dashboard.issued")}>
          <ByDay
            caption={t("dashboard.issued")}
            spans={data.issued}
            listOf={(issued_from, issued_before) => ({ to: "/certificates", search: { issued_from, issued_before } })}
          />
        </Section>
        <Section title={t("dashboard.revoked")}>
          <ByDay
            caption={t("dashboard.revoked")}
            spans={data.revoked}
            listOf={(revoked_from, revoked_before) => ({
              to: "/certificates",
              search: { revoked_from, revoked_before },
            })}
          />
        </Section>
      </div>
      <Shares data={data} />
    </>
  );
}
