import { useMutation, useQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, rest, type Team, toApiError, useRefresh } from "@/api";
import { Moment } from "@/components/moment";
import { Page, Panel, PanelRow } from "@/components/page";
import { EmptyState, ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { Failure } from "@/shared/answered";
import { MemberList } from "../parts/member-list";
import { useTeams, useUsers } from "../queries";

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
  const teams = useTeams();
  if (teams.isError) return <Failure question={teams} />;
  if (teams.isPending) return <SkeletonRows rows={3} />;
  if (teams.data.items.length === 0) {
    return (
      <EmptyState icon={Users} title={t("teams.emptyTitle")}>
        {t("teams.emptyText")}
      </EmptyState>
    );
  }
  return (
    <Panel>
      {teams.data.items.map((team) => (
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
  );
}

function TeamDialog({ team, onClose }: { team: Team; onClose: () => void }) {
  const { t } = useTranslation();
  const mayManage = useMay("team:manage");
  const found = useQuery(api.getTeamOptions({ path: { team: team.id } }));
  const users = useUsers();
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
          add={(user) => rest.addTeamMember({ path: { team: team.id, user } })}
          remove={(user) => rest.removeTeamMember({ path: { team: team.id, user } })}
        />
      )}
    </Dialog>
  );
}

function CreateTeam({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh("team");
  const [name, setName] = useState("");
  const create = useMutation({
    ...api.createTeamMutation(),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ body: { name: name.trim() } });
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("teams.create")} description={t("teams.dialogHelp")}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("common.name")}>
          <Input autoFocus value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
        </Field>
        <ErrorNotice error={create.error && toApiError(create.error)} />
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
