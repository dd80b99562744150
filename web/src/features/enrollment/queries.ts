import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type EnrollmentProtocol } from "@/api";
import { BY_CURSOR } from "@/lib/pages";

const PAGE = 100;

export function useCredentials(protocol: EnrollmentProtocol) {
  return useInfiniteQuery({
    ...api.listCredentialsInfiniteOptions({ query: { protocol, limit: PAGE } }),
    ...BY_CURSOR,
  });
}

/** Which protocols the server has switched on; undefined until that is known. */
export function useProtocol(protocol: EnrollmentProtocol) {
  return useQuery(api.listEnrollmentProtocolsOptions()).data?.items.find((one) => one.protocol === protocol);
}

export function useDevices(credential: string) {
  const path = { credential };
  return useInfiniteQuery({
    ...api.listCredentialDevicesInfiniteOptions({ path, query: { limit: PAGE } }),
    initialPageParam: { path },
    getNextPageParam: (page) => (page.next_cursor === null ? undefined : { path, query: { cursor: page.next_cursor } }),
  });
}
