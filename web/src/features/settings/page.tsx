import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { addPageTexts } from "@/lib/i18n";
import { settings } from "@/lib/locales/en/pages/settings";
import { ListPage } from "@/shared/list-page";
import { settingColumns } from "./columns";
import { useSettings } from "./queries";

addPageTexts({ settings });

/** What the installation was started with, and where each setting comes from. */
export function SettingsPage() {
  const { t, i18n } = useTranslation();
  const columns = useMemo(() => settingColumns(t, i18n.language), [t, i18n.language]);
  return (
    <ListPage
      title={t("settings.title")}
      purpose={t("settings.purpose")}
      list={useSettings()}
      table={{ name: "settings", columns, rowId: (row) => row.name }}
      expected={12}
    />
  );
}
