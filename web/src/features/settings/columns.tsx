import type { TFunction } from "i18next";
import type { Setting } from "@/api";
import type { Column } from "@/components/data-table";
import { Badge } from "@/components/ui/badge";
import { duration } from "@/lib/time";

export function settingColumns(t: TFunction, language: string): Column<Setting>[] {
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
