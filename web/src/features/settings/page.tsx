import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, type Setting } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { Page } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { SkeletonRows } from "@/components/ui/skeleton";
import { duration } from "@/lib/time";
import { Answered } from "@/shared/answered";

/** What the installation was started with, and where each setting comes from. */
export function SettingsPage() {
  const { t, i18n } = useTranslation();
  const settings = useQuery(api.listSettingsOptions());
  const columns = useMemo(() => settingColumns(t, i18n.language), [t, i18n.language]);
  return (
    <Page title={t("settings.title")} purpose={t("settings.purpose")}>
      <Answered question={settings} sketch={<SkeletonRows rows={12} />}>
        {(data) => (
          <DataTable
            name="settings"
            label={t("settings.title")}
            columns={columns}
            rows={data.items}
            rowId={(row) => row.name}
          />
        )}
      </Answered>
    </Page>
  );
}

function settingColumns(t: TFunction, language: string): Column<Setting>[] {
  return [
    {
      id: "name",
      header: t("settings.name"),
      phone: true,
      cell: (row) => <span className="font-mono text-xs font-medium">{row.name}</span>,
    },
    {
      id: "value",
      header: t("settings.value"),
      phone: true,
      cell: (row) =>
        row.value === "" ? (
          <span className="text-muted">{t("settings.empty")}</span>
        ) : (
          <span className="[overflow-wrap:anywhere]" title={t("settings.standard", { value: row.default })}>
            {duration(row.value, language)}
          </span>
        ),
    },
    {
      id: "source",
      header: t("settings.source"),
      phone: true,
      cell: (row) => (
        <Badge tone={row.source === "default" ? "neutral" : "accent"}>{t(`settings.sources.${row.source}`)}</Badge>
      ),
    },
    {
      id: "meaning",
      header: t("settings.meaning"),
      cell: (row) => (
        <span className="text-xs text-muted whitespace-normal" lang="en">
          {row.meaning}
        </span>
      ),
    },
  ];
}
