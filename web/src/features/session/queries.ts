import { type QueryClient, useQuery } from "@tanstack/react-query";
import { api, bearerToken, type Me, setBearerToken } from "@/api";

/** Who is signed in; undefined when nobody is. */
export async function currentUser(queryClient: QueryClient): Promise<Me | undefined> {
  if (bearerToken() === undefined) return undefined;
  return queryClient.ensureQueryData({ ...api.getMeOptions(), staleTime: Number.POSITIVE_INFINITY });
}

export function useMe(): Me | undefined {
  return useQuery({ ...api.getMeOptions(), staleTime: Number.POSITIVE_INFINITY, enabled: bearerToken() !== undefined })
    .data;
}

/** Only reflects: the server decides. */
export function useMay(permission: string): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

/** Signs in with an API token: whoever it belongs to is asked for with it. */
export async function signInWithToken(queryClient: QueryClient, token: string): Promise<Me> {
  queryClient.clear();
  setBearerToken(token);
  try {
    return await queryClient.fetchQuery(api.getMeOptions());
  } catch (error) {
    setBearerToken(undefined);
    throw error;
  }
}

export function signOut(queryClient: QueryClient): void {
  setBearerToken(undefined);
  queryClient.clear();
}
