import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { UserGrants } from "@/api";
import { KeyValues } from "@/components/key-values";
import { Panel, PanelRow, Section } from "@/components/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useCaNames } from "@/features/cas";
import { scopePairs } from "@/features/rights";
import { roleName } from "@/features/session";
import { Failure } from "@/shared/answered";
import { useUserGrants } from "../queries";

type RoleGiven = UserGrants["roles"][number];
type Giver = RoleGiven["given_by"];

/** The permissions of a user and their sources: roles, teams, and rules of an identity provider. */
export function Rights({ user }: { user: string }) {
  const { t } = useTranslation();
  const grants = useUserGrants(user);
  if (grants.isError) return <Failure question={grants} />;
  if (grants.isPending) return <SkeletonRows rows={3} />;
  const { roles, teams } = grants.data;
  return (
    <>
      <Section title={t("people.roles")}>
        <Panel>
          {roles.map((role) => (
            <Role key={role.name} role={role} />
          ))}
        </Panel>
      </Section>
      <Section title={t("teams.title")}>
        {teams.length === 0 ? (
          <p className="text-sm text-muted">{t("people.noTeams")}</p>
        ) : (
          <Panel>
            {teams.map((team) => (
              <PanelRow key={team.id} title={team.name} detail={<GivenBy giver={team.given_by} />} />
            ))}
          </Panel>
        )}
      </Section>
    </>
  );
}

function Role({ role }: { role: RoleGiven }) {
  const { t } = useTranslation();
  const cas = useCaNames();
  const permissions = new Set(role.grants.flatMap((grant) => grant.permissions));
  return (
    <details className="group">
      <summary className="flex cursor-pointer items-center gap-2 px-4 py-3 hover:bg-hover">
        <ChevronRight aria-hidden className="size-4 shrink-0 text-muted transition-transform group-open:rotate-90" />
        <span className="min-w-0 flex-1">
          <span className="font-medium">{roleName(t, role.name)}</span>
          <span className="block text-xs text-muted">
            {role.is_builtin ? t("people.standingRole") : t("people.ownRole")}
            {" · "}
            <GivenBy giver={role.given_by} />
          </span>
        </span>
        <span className="text-xs text-muted">
          {role.grants.length === 0 ? t("people.roleRetired") : t("rights.permissions", { count: permissions.size })}
        </span>
      </summary>
      <div className="flex flex-col gap-3 px-4 pb-4">
        {role.grants.map((grant) => (
          <KeyValues
            key={grant.permissions.join(" ")}
            pairs={[
              ...scopePairs(t, grant, (id) => cas.get(id)?.name ?? id),
              {
                label: t("rights.allows"),
                value: <span className="font-mono text-xs">{grant.permissions.join(" ")}</span>,
              },
            ]}
          />
        ))}
      </div>
    </details>
  );
}

function GivenBy({ giver }: { giver: Giver }) {
  const { t } = useTranslation();
  return <>{giver === null ? t("people.givenHere") : t("people.givenBy", { title: giver.title })}</>;
}
