import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { api, type PermissionRow, type RolePage, type TeamPage } from "@/api";

const MOST = 200;

/** A role of one's own, under a name that can be said. */
export type CustomRole = RolePage["items"][number];

export function useRoles(): UseQueryResult<RolePage> {
  return useQuery(api.listRolesOptions({ query: { limit: MOST } })) as UseQueryResult<RolePage>;
}

export function useTeams(): UseQueryResult<TeamPage> {
  return useQuery(api.listTeamsOptions({ query: { limit: MOST } })) as UseQueryResult<TeamPage>;
}

export function usePermissions() {
  return useQuery({ ...api.listPermissionsOptions(), staleTime: Number.POSITIVE_INFINITY });
}

export function useUsers() {
  return useQuery(api.listUsersOptions({ query: { limit: MOST } }));
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
