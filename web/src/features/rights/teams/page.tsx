import { Users } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Team, toApiError } from "@/api";
import { Moment } from "@/components/moment";
import { Page, Panel, PanelRow } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { ListRegion } from "@/shared/list-page";
import { useChangeMembers, useCreateTeam } from "../mutations";
import { MemberList } from "../parts/member-list";
import { useAllUsers, useTeam, useTeams } from "../queries";

/** Who sees and acts on whose objects. */
export function TeamsPage() {
  const { t } = useTranslation();
  const mayManage = useMay("team:manage");
  const [isCreating, setIsCreating] = useState(false);
  const [shown, setShown] = useState<Team>();
  return (
    <Page
      title={t("teams.title")}
      purpose={t("teams.purpose")}
      actions={
        mayManage && (
          <Button variant="primary" onClick={() => setIsCreating(true)}>
            {t("teams.create")}
          </Button>
        )
      }
    >
      <Teams onShow={setShown} />
      {isCreating && <CreateTeam onClose={() => setIsCreating(false)} />}
      {shown && <TeamDialog team={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function Teams({ onShow }: { onShow: (team: Team) => void }) {
  const { t } = useTranslation();
  return (
    <ListRegion
      list={useTeams()}
      expected={3}
      empty={{ icon: Users, title: t("teams.emptyTitle"), text: t("teams.emptyText") }}
    >
      {(teams) => (
        <Panel>
          {teams.map((team) => (
            <PanelRow
              key={team.id}
              title={team.name}
              detail={<Moment time={team.created_at} />}
              end={
                <Button size="sm" onClick={() => onShow(team)} aria-label={t("rights.open", { name: team.name })}>
                  {t("issue.open")}
                </Button>
              }
            />
          ))}
        </Panel>
      )}
    </ListRegion>
  );
}

function TeamDialog({ team, onClose }: { team: Team; onClose: () => void }) {
  const { t } = useTranslation();
  const mayManage = useMay("team:manage");
  const found = useTeam(team.id);
  const users = useAllUsers();
  const change = useChangeMembers(team.id);
  const members = found.data?.members.map((member) => ({ id: member.user, login: member.login }));
  return (
    <Dialog open onOpenChange={onClose} title={team.name} description={t("teams.dialogHelp")}>
      {found.isError && <ErrorNotice error={toApiError(found.error)} />}
      {found.isPending && <Skeleton className="h-20" />}
      {members && (
        <MemberList
          title={t("teams.members")}
          members={members}
          candidates={users.data?.items ?? []}
          mayChange={mayManage}
          change={change}
        />
      )}
    </Dialog>
  );
}

function CreateTeam({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const create = useCreateTeam(onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(name.trim());
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("teams.create")} description={t("teams.dialogHelp")}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("common.name")}>
          <Input autoFocus value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
        </Field>
        <ErrorNotice error={create.failure} />
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={create.isPending} disabled={name.trim() === ""}>
            {t("teams.create")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
