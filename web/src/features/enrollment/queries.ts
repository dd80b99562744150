import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type EnrollmentProtocol } from "@/api";
import { BY_CURSOR, byCursorOf, usePages } from "@/lib/pages";

const PAGE = 100;

export const credentialsQuery = (protocol: EnrollmentProtocol) => ({
  ...api.listCredentialsInfiniteOptions({ query: { protocol, limit: PAGE } }),
  ...BY_CURSOR,
});

export const protocolsQuery = () => api.listEnrollmentProtocolsOptions();

export function useCredentials(protocol: EnrollmentProtocol) {
  return usePages(useInfiniteQuery(credentialsQuery(protocol)));
}

/** Whether the server has switched a protocol on; undefined until that is known. */
export function useProtocol(protocol: EnrollmentProtocol) {
  return useQuery(protocolsQuery()).data?.items.find((one) => one.protocol === protocol);
}

export function useDevices(credential: string) {
  const path = { credential };
  return usePages(
    useInfiniteQuery({
      ...api.listCredentialDevicesInfiniteOptions({ path, query: { limit: PAGE } }),
      ...byCursorOf(path),
    }),
  );
}

export function useAcmeAccounts() {
  return usePages(
    useInfiniteQuery({ ...api.listAcmeAccountsInfiniteOptions({ query: { limit: PAGE } }), ...BY_CURSOR }),
  );
}
