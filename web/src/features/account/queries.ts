import { useQuery } from "@tanstack/react-query";
import { api, rest, wholeList } from "@/api";

export const factorsQuery = () => api.listFactorsOptions();
export const ownIdentitiesQuery = () => api.listOwnIdentitiesOptions();
export const ownSessionsQuery = () => wholeList(api.listOwnSessionsQueryKey(), rest.listOwnSessions);

/** The user's second factors; `mayAsk` is false for a caller that is not a person. */
export function useFactors(mayAsk = true) {
  return useQuery({ ...factorsQuery(), enabled: mayAsk });
}

export function useOwnIdentities() {
  return useQuery(ownIdentitiesQuery());
}

export function useOwnSessions() {
  return useQuery(ownSessionsQuery());
}
