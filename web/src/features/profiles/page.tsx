import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Profile } from "@/api";
import { type Column, DataTable } from "@/components/data-table";
import { Page } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { duration } from "@/lib/time";
import { Answered } from "@/shared/answered";
import { useProfiles } from "./queries";

export function ProfilesPage() {
  const { t, i18n } = useTranslation();
  const mayCreate = useMay("profile:create");
  const profiles = useProfiles();
  const columns = useMemo(() => profileColumns(t, i18n.language), [t, i18n.language]);
  return (
    <Page
      title={t("profiles.title")}
      purpose={t("profiles.purpose")}
      actions={
        mayCreate && (
          <Button asChild variant="primary">
            <Link to="/profiles/new">{t("profiles.create")}</Link>
          </Button>
        )
      }
    >
      <Answered question={profiles} sketch={<SkeletonRows rows={10} />}>
        {(data) => (
          <DataTable
            name="profiles"
            label={t("profiles.title")}
            columns={columns}
            rows={data.items}
            rowId={(row) => row.name}
          />
        )}
      </Answered>
    </Page>
  );
}

function profileColumns(t: TFunction, language: string): Column<Profile>[] {
  return [
    {
      id: "name",
      header: t("common.name"),
      phone: true,
      cell: (row) => (
        <Link
          to="/profiles/$name"
          params={{ name: row.name }}
          className="font-mono text-xs font-medium hover:underline"
        >
          {row.name}
        </Link>
      ),
    },
    {
      id: "description",
      header: t("profiles.description"),
      phone: true,
      cell: (row) => <span className="line-clamp-1 text-muted">{row.description}</span>,
    },
    { id: "kind", header: t("profiles.kind"), cell: (row) => t(`profiles.kinds.${row.kind}`) },
    {
      id: "validity",
      header: t("issue.validity"),
      cell: (row) => duration(row.validity.default, language),
    },
    { id: "version", header: t("profiles.version"), align: "right", cell: (row) => row.version },
    {
      id: "state",
      header: t("common.state"),
      cell: (row) => (
        <Badge tone={row.state === "active" ? "good" : "neutral"}>
          {row.state === "active" ? t("status.active") : t("status.retired")}
        </Badge>
      ),
    },
  ];
}
