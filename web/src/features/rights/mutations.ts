import { useTranslation } from "react-i18next";
import { type RoleBody, rest } from "@/api";
import { useChange } from "@/shared/change";
import type { CustomRole } from "./queries";

/** Adds or removes a member: of a role, or of a team. */
export interface Membership {
  action: "add" | "remove";
  user: string;
}

export function useChangeHolders(role: string) {
  return useChange({
    send: ({ action, user }: Membership): Promise<{ data: unknown }> => {
      const path = { role, user };
      return action === "add" ? rest.assignRole({ path }) : rest.withdrawRole({ path });
    },
    changes: ["role", "team"],
  });
}

export function useChangeMembers(team: string) {
  return useChange({
    send: ({ action, user }: Membership): Promise<{ data: unknown }> => {
      const path = { team, user };
      return action === "add" ? rest.addTeamMember({ path }) : rest.removeTeamMember({ path });
    },
    changes: ["role", "team"],
  });
}

export function useCreateTeam(onDone: () => void) {
  return useChange({ send: (name: string) => rest.createTeam({ body: { name } }), changes: ["team"], onDone });
}

/** Creates a custom role, or updates `role`. */
export function useSaveRole(role: CustomRole | undefined, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: async ({ name, ...body }: RoleBody) => {
      if (role) await rest.updateRole({ path: { role: role.name }, body });
      else await rest.createRole({ body: { name, ...body } });
      return { data: { name } };
    },
    changes: ["role", "user"],
    message: ({ name }) => t("rights.saved", { name }),
    onDone,
  });
}

export function useRetireRole(role: CustomRole, onDone: () => void) {
  return useChange({
    send: () => rest.retireRole({ path: { role: role.name } }),
    changes: ["role", "user"],
    onDone,
  });
}
