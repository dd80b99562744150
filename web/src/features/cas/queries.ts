import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Ca, rest, wholeList } from "@/api";
import { useMay } from "@/features/session";

const EVERY = 30_000;
const CRLS = 20;

export function useCas() {
  return useQuery(wholeList(api.listCasQueryKey(), rest.listCas));
}

/**
 * The CAs that issue end-entity certificates: active, and no root. Where there is no other CA, the roots that were
 * created to issue to end entities, which then need the user's consent (`isRootOnly`).
 */
export function useIssuingCas(): { cas: readonly Ca[] | undefined; isRootOnly: boolean } {
  const all = useCas().data?.items;
  return useMemo(() => issuingCas(all), [all]);
}

export function issuingCas(all: readonly Ca[] | undefined) {
  const active = all?.filter((ca) => ca.state === "active" && ca.end_entity_certificates);
  const issuing = active?.filter((ca) => ca.parent !== null);
  const isRootOnly = active !== undefined && active.length > 0 && issuing?.length === 0;
  return { cas: isRootOnly ? active : issuing, isRootOnly };
}

/** CAs by id. */
export function useCaNames(): ReadonlyMap<string, Ca> {
  const cas = useCas().data?.items;
  return useMemo(() => new Map(cas?.map((ca) => [ca.id, ca])), [cas]);
}

export function useCa(id: string) {
  return useQuery(api.getCaOptions({ path: { ca: id } }));
}

/** A key of a CA with what needs it; not asked for by who may not read keys. */
export function useKey(id: string | undefined) {
  const may = useMay("key:read");
  return useQuery({ ...api.getKeyOptions({ path: { key: id ?? "" } }), enabled: may && id !== undefined });
}

/** The keys of a CA with what is published by each; not asked for by who may not read keys. */
export function useKeysOf(id: string) {
  const may = useMay("key:read");
  const ofCa = { ca: id };
  const keys = wholeList(api.listKeysQueryKey({ query: ofCa }), ({ query, signal }) =>
    rest.listKeys({ query: { ...query, ...ofCa }, signal }),
  );
  return useQuery({ ...keys, enabled: may, refetchInterval: EVERY });
}

/** How many certificates of each CA are valid now, by its id. */
export function useValidCounts(): ReadonlyMap<string, number> {
  const may = useMay("certificate:read");
  const counts = useQuery({ ...api.getDashboardOptions(), enabled: may }).data?.valid_by_ca;
  return useMemo(() => new Map(counts?.map((one) => [one.ca, one.number])), [counts]);
}

export function useCrls(id: string) {
  const path = { ca: id };
  return useInfiniteQuery({
    ...api.listCrlsInfiniteOptions({ path, query: { limit: CRLS } }),
    initialPageParam: { path },
    getNextPageParam: (page) => (page.next_cursor === null ? undefined : { path, query: { cursor: page.next_cursor } }),
  });
}

export function useBackends() {
  return useQuery(api.listBackendsOptions());
}
