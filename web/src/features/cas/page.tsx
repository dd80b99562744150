import { Link } from "@tanstack/react-router";
import { CornerDownRight, Landmark } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LifeBar } from "@/components/life-bar";
import { Moment } from "@/components/moment";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { cn } from "@/lib/cn";
import { useItems } from "@/lib/pages";
import { ListRegion } from "@/shared/list-page";
import { type Branch, treeOf } from "./parts/tree";
import { useCas } from "./queries";
import { CaBadge } from "./status";

export function CasPage() {
  const { t } = useTranslation();
  const mayCreate = useMay("ca:create");
  const create = mayCreate && (
    <>
      <Button asChild>
        <Link to="/cas/import">{t("cas.importLink")}</Link>
      </Button>
      <Button asChild variant="primary">
        <Link to="/cas/new">{t("cas.create")}</Link>
      </Button>
    </>
  );
  return (
    <Page title={t("cas.title")} purpose={t("cas.purpose")} actions={create}>
      <ListRegion
        list={useItems(useCas())}
        empty={{
          icon: Landmark,
          title: t("cas.emptyTitle"),
          text: t("cas.emptyText"),
          action: <div className="flex flex-wrap gap-2">{create}</div>,
        }}
      >
        {(cas) => (
          <ul className="divide-y overflow-hidden rounded-lg border bg-surface">
            {treeOf(cas).map((branch) => (
              <TreeRow key={branch.ca.id} branch={branch} />
            ))}
          </ul>
        )}
      </ListRegion>
    </Page>
  );
}

function TreeRow({ branch: { ca, depth } }: { branch: Branch }) {
  const { t } = useTranslation();
  return (
    <li>
      <Link
        to="/cas/$ca"
        params={{ ca: ca.id }}
        className="flex flex-wrap items-center gap-x-4 gap-y-1 py-3 pr-4 hover:bg-raised"
        style={{ paddingLeft: `${16 + depth * 24}px` }}
      >
        {depth > 0 && <CornerDownRight aria-hidden className="-mr-2 size-4 shrink-0 text-border-strong" />}
        <span className="min-w-0 flex-1 basis-52">
          <span className="block font-medium [overflow-wrap:anywhere]">{ca.name}</span>
          <span className="block text-xs text-muted [overflow-wrap:anywhere]">
            {ca.subject} · {ca.key_type ?? t("cas.noKey")}
            {ca.backend && ` · ${ca.backend}`}
          </span>
        </span>
        {ca.not_before && ca.not_after && (
          <span className={cn("flex items-center gap-3 text-sm text-muted", depth > 0 && "max-sm:ml-6")}>
            <span className="max-sm:hidden">
              <LifeBar from={ca.not_before} until={ca.not_after} />
            </span>
            <span className="sm:w-24 sm:text-right">
              <span className="sm:hidden">{t("common.expires")} </span>
              <Moment time={ca.not_after} />
            </span>
          </span>
        )}
        <span className="w-28">
          <CaBadge state={ca.state} until={ca.not_after} />
        </span>
      </Link>
    </li>
  );
}
