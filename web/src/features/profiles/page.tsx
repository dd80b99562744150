import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { useItems } from "@/lib/pages";
import { ListPage } from "@/shared/list-page";
import { profileColumns } from "./columns";
import { useProfiles } from "./queries";

export function ProfilesPage() {
  const { t, i18n } = useTranslation();
  const mayCreate = useMay("profile:create");
  const columns = useMemo(() => profileColumns(t, i18n.language), [t, i18n.language]);
  const create = mayCreate && (
    <Button asChild variant="primary">
      <Link to="/profiles/new">{t("profiles.create")}</Link>
    </Button>
  );
  return (
    <ListPage
      title={t("profiles.title")}
      purpose={t("profiles.purpose")}
      actions={create}
      list={useItems(useProfiles())}
      table={{ name: "profiles", columns, rowId: (row) => row.name }}
      expected={10}
    />
  );
}
