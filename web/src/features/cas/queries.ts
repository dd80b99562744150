import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Ca } from "@/api";

const ALL = { query: { limit: 200 } };

export function useCas() {
  return useQuery(api.listCasOptions(ALL));
}

/** CAs by id. */
export function useCaNames(): ReadonlyMap<string, Ca> {
  const cas = useCas().data?.items;
  return useMemo(() => new Map(cas?.map((ca) => [ca.id, ca])), [cas]);
}

export function useCa(id: string) {
  return useQuery(api.getCaOptions({ path: { ca: id } }));
}

export function useCrls(id: string) {
  return useQuery(api.listCrlsOptions({ path: { ca: id }, query: { limit: 20 } }));
}

export function useBackends() {
  return useQuery(api.listBackendsOptions());
}
