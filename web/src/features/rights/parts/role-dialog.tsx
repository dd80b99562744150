import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api";
import { KeyValues } from "@/components/key-values";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { useCaNames } from "@/features/cas";
import { useMay } from "@/features/session";
import { useChangeHolders, useRetireRole } from "../mutations";
import { type CustomRole, useAllUsers, useRole } from "../queries";
import { MemberList } from "./member-list";
import { scopePairs } from "./scope-pairs";

interface RoleDialogProps {
  name: string;
  onClose: () => void;
  onEdit: (role: CustomRole) => void;
}

/** What a role of one's own allows, and who has it. */
export function RoleDialog({ name, onClose, onEdit }: RoleDialogProps) {
  const { t } = useTranslation();
  const mayManage = useMay("role:manage");
  const found = useRole(name);
  const users = useAllUsers();
  const change = useChangeHolders(name);
  const cas = useCaNames();
  const role = found.data;
  const logins = new Map(users.data?.items.map((user) => [user.id, user.login]));
  return (
    <Dialog open wide onOpenChange={onClose} title={name} description={role?.description || t("rights.dialogHelp")}>
      {found.isError && <ErrorNotice error={toApiError(found.error)} />}
      {found.isPending && <Skeleton className="h-40" />}
      {role && (
        <>
          <KeyValues
            pairs={[
              ...scopePairs(t, role, (id) => cas.get(id)?.name ?? id),
              {
                label: t("rights.allows"),
                value: <span className="font-mono text-xs">{role.permissions.join(" ")}</span>,
              },
              { label: t("profiles.version"), value: role.version },
            ]}
          />
          <MemberList
            title={t("rights.holders")}
            members={role.holders.map((id) => ({ id, login: logins.get(id) ?? id }))}
            candidates={users.data?.items ?? []}
            mayChange={mayManage && role.state === "active"}
            change={change}
          />
          {mayManage && role.state === "active" && <Acts role={role} onEdit={onEdit} onDone={onClose} />}
        </>
      )}
    </Dialog>
  );
}

function Acts({ role, onEdit, onDone }: { role: CustomRole; onEdit: (role: CustomRole) => void; onDone: () => void }) {
  const { t } = useTranslation();
  const [isSure, setIsSure] = useState(false);
  const retire = useRetireRole(role, onDone);
  return (
    <>
      <ErrorNotice error={retire.failure} />
      {isSure && <p className="mt-4 text-sm">{t("rights.retireConsequence")}</p>}
      <DialogActions>
        <Button
          variant={isSure ? "danger" : "secondary"}
          busy={retire.isPending}
          onClick={() => (isSure ? retire.mutate() : setIsSure(true))}
        >
          {isSure ? t("rights.retireForGood") : t("cas.act.retire")}
        </Button>
        <Button variant="primary" onClick={() => onEdit(role)}>
          {t("profiles.edit")}
        </Button>
      </DialogActions>
    </>
  );
}
