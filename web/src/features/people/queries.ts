import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { BY_CURSOR, usePages } from "@/lib/pages";

const PAGE = 100;

export const usersQuery = () => ({ ...api.listUsersInfiniteOptions({ query: { limit: PAGE } }), ...BY_CURSOR });
export const userQuery = (user: string) => api.getUserOptions({ path: { user } });
export const userGrantsQuery = (user: string) => api.getUserGrantsOptions({ path: { user } });
export const userIdentitiesQuery = (user: string) => api.listUserIdentitiesOptions({ path: { user } });

export function useUsers() {
  return usePages(useInfiniteQuery(usersQuery()));
}

export function useUser(id: string) {
  return useQuery(userQuery(id));
}

/** The permissions of a user, and where each comes from. */
export function useUserGrants(id: string) {
  return useQuery(userGrantsQuery(id));
}

export function useUserIdentities(id: string) {
  return useQuery(userIdentitiesQuery(id));
}
