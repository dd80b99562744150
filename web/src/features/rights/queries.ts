import { useQuery } from "@tanstack/react-query";
import { api, type PermissionRow, type RolePage, rest, wholeList } from "@/api";

/** A role of one's own, under a name that can be said. */
export type CustomRole = RolePage["items"][number];

export function useRoles() {
  return useQuery(wholeList(api.listRolesQueryKey(), rest.listRoles));
}

export function useTeams() {
  return useQuery(wholeList(api.listTeamsQueryKey(), rest.listTeams));
}

export function usePermissions() {
  return useQuery({ ...api.listPermissionsOptions(), staleTime: Number.POSITIVE_INFINITY });
}

export function useUsers() {
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
