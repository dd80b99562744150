import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type Ca, type EnrollmentProtocol, type GetRecipesData, type Profile, toApiError } from "@/api";
import { useIssuingCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { BY_CURSOR, byCursorOf, usePages } from "@/lib/pages";
import { useDebounced } from "@/lib/use-debounced";
import { isHost } from "./parts/clients";

const PAGE = 100;
const PAUSE = 300;

export interface Choices {
  cas: readonly Ca[];
  profiles: readonly Profile[];
}

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

/** The CAs and profiles with which clients can enroll; undefined until they are known. */
export function useChoices(): Choices | undefined {
  const { cas } = useIssuingCas();
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity" && one.state === "active");
  return cas && profiles && { cas, profiles };
}

/** The configuration of ACME clients, a moment after the last change. `isOutdated`: it is for the values before. */
export function useRecipes(query: GetRecipesData["query"] & { host: string }) {
  const settled = useDebounced(query, PAUSE);
  const { data, error, isPlaceholderData } = useQuery({
    ...api.getRecipesOptions({ query: settled }),
    enabled: isHost(settled.host),
    placeholderData: keepPreviousData,
  });
  const isOutdated = isPlaceholderData || JSON.stringify(query) !== JSON.stringify(settled);
  return { recipes: data, failure: error && toApiError(error), isOutdated };
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
