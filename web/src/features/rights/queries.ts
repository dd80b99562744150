import { useQuery } from "@tanstack/react-query";
import { api, type PermissionRow, type RolePage, rest, wholeList } from "@/api";
import { useItems } from "@/lib/pages";

/** A role that this installation defines. */
export type CustomRole = RolePage["items"][number];

export const rolesQuery = () => wholeList(api.listRolesQueryKey(), rest.listRoles);
export const teamsQuery = () => wholeList(api.listTeamsQueryKey(), rest.listTeams);
export const permissionsQuery = () => ({ ...api.listPermissionsOptions(), staleTime: Number.POSITIVE_INFINITY });

export function useRoles() {
  return useItems(useQuery(rolesQuery()));
}

export function useRole(role: string) {
  return useQuery(api.getRoleOptions({ path: { role } }));
}

export function useTeams() {
  return useItems(useQuery(teamsQuery()));
}

export function useTeam(team: string) {
  return useQuery(api.getTeamOptions({ path: { team } }));
}

export function usePermissions() {
  return useQuery(permissionsQuery());
}

/** Every user, to choose from and to look names up in. */
export function useAllUsers() {
  return useQuery(wholeList(api.listUsersQueryKey(), rest.listUsers));
}

export interface PermissionGroup {
  noun: string;
  rows: readonly PermissionRow[];
}

/** Rows with what their permissions are about, in the order of the reference. */
export function grouped(rows: readonly PermissionRow[]): PermissionGroup[] {
  const groups = new Map<string, PermissionRow[]>();
  for (const row of rows) {
    const noun = row.permission.split(":", 1)[0] ?? "";
    groups.set(noun, [...(groups.get(noun) ?? []), row]);
  }
  return [...groups].map(([noun, found]) => ({ noun, rows: found }));
}
