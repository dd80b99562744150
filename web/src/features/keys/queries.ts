import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { backendsQuery } from "@/features/cas";
import { useMay } from "@/features/session";
import { BY_CURSOR, usePages } from "@/lib/pages";

const PAGE = 100;
const EVERY = 30_000;

export const blockedKeysQuery = () => ({
  ...api.listBlockedKeysInfiniteOptions({ query: { limit: PAGE } }),
  ...BY_CURSOR,
});

/** Keys that no certificate may be issued for; not requested without the permission to read keys. */
export function useBlockedKeys() {
  return usePages(useInfiniteQuery({ ...blockedKeysQuery(), enabled: useMay("key:read") }));
}

/** The key backends, requested again all the time. */
export function useLiveBackends() {
  return useQuery({ ...backendsQuery(), refetchInterval: EVERY });
}
