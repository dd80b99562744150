import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Dashboard } from "@/api";
import { Panel, PanelRow } from "@/components/page";
import { Button } from "@/components/ui/button";
import { useWaitingForMe } from "@/features/approvals";
import { useStatus } from "../queries";
import { needsOf } from "./needs-of";

export function Needs({ data }: { data: Dashboard }) {
  const { t, i18n } = useTranslation();
  const needs = needsOf(t, data, useWaitingForMe(), i18n.language, useStatus().data?.near_ends);
  if (needs.length === 0) {
    return (
      <div className="flex items-center gap-2.5 rounded-lg border bg-surface px-4 py-4 text-sm text-muted">
        <CircleCheck aria-hidden className="size-4 text-good" />
        {t("dashboard.nothing")}
      </div>
    );
  }
  return (
    <Panel>
      {needs.map((need) => (
        <PanelRow
          key={need.key}
          title={need.title}
          detail={need.detail}
          end={
            need.link && (
              <Button asChild>
                <Link {...need.link} aria-label={`${t("dashboard.look")}: ${need.title}`}>
                  {t("dashboard.look")}
                </Link>
              </Button>
            )
          }
        />
      ))}
    </Panel>
  );
}
