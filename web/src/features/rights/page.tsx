import { Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page, Panel, PanelRow, Section } from "@/components/page";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { Failure } from "@/shared/answered";
import { ListRegion } from "@/shared/list-page";
import { Matrix } from "./parts/matrix";
import { RoleDialog } from "./parts/role-dialog";
import { RoleEditor } from "./parts/role-editor";
import { type CustomRole, usePermissions, useRoles } from "./queries";
import { RoleBadge } from "./status";

type Edited = CustomRole | "new";

/** Who may do what: roles of one's own, and the standing ones. */
export function RolesPage() {
  const { t } = useTranslation();
  const mayManage = useMay("role:manage");
  const [edited, setEdited] = useState<Edited>();
  const [shown, setShown] = useState<string>();
  const matrix = usePermissions();
  return (
    <Page
      title={t("rights.title")}
      purpose={t("rights.purpose")}
      actions={
        mayManage && (
          <Button variant="primary" onClick={() => setEdited("new")}>
            {t("rights.create")}
          </Button>
        )
      }
    >
      <Section title={t("rights.own")}>
        <OwnRoles onShow={setShown} />
      </Section>
      <Section title={t("rights.standing")}>
        <Failure question={matrix} />
        {matrix.isPending && <SkeletonRows rows={12} />}
        {matrix.data && <Matrix rows={matrix.data.items} />}
      </Section>
      {shown !== undefined && (
        <RoleDialog
          name={shown}
          onClose={() => setShown(undefined)}
          onEdit={(role) => {
            setShown(undefined);
            setEdited(role);
          }}
        />
      )}
      {edited && <RoleEditor role={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}

function OwnRoles({ onShow }: { onShow: (name: string) => void }) {
  const { t } = useTranslation();
  return (
    <ListRegion
      list={useRoles()}
      expected={2}
      empty={{ icon: Users, title: t("rights.emptyTitle"), text: t("rights.emptyText") }}
    >
      {(roles) => (
        <Panel>
          {roles.map((role) => (
            <PanelRow
              key={role.name}
              title={role.name}
              detail={role.description || t("rights.permissions", { count: role.permissions.length })}
              end={
                <>
                  <RoleBadge state={role.state} />
                  <Button
                    size="sm"
                    onClick={() => onShow(role.name)}
                    aria-label={t("rights.open", { name: role.name })}
                  >
                    {t("issue.open")}
                  </Button>
                </>
              }
            />
          ))}
        </Panel>
      )}
    </ListRegion>
  );
}
