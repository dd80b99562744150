import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Ca, type CaBody, rest, wholeList } from "@/api";
import { useMay } from "@/features/session";
import { byCursorOf, usePages } from "@/lib/pages";
import { useDebounced } from "@/lib/use-debounced";

const EVERY = 30_000;
const CRLS = 20;
const PAUSE = 400;

export const casQuery = () => wholeList(api.listCasQueryKey(), rest.listCas);
export const caQuery = (ca: string) => api.getCaOptions({ path: { ca } });
export const backendsQuery = () => api.listBackendsOptions();

/** The keys of a CA with what is published by each. */
export function keysOfQuery(ca: string) {
  return wholeList(api.listKeysQueryKey({ query: { ca } }), ({ query, signal }) =>
    rest.listKeys({ query: { ...query, ca }, signal }),
  );
}

export function crlsQuery(ca: string) {
  const path = { ca };
  return { ...api.listCrlsInfiniteOptions({ path, query: { limit: CRLS } }), ...byCursorOf(path) };
}

export function useCas() {
  return useQuery(casQuery());
}

/**
 * The CAs that issue end-entity certificates: active, and no root. Where there is no other CA, the roots that were
 * created to issue to end entities, which then need the user's consent (`isRootOnly`).
 */
export function useIssuingCas(): { cas: readonly Ca[] | undefined; isRootOnly: boolean } {
  const all = useCas().data?.items;
  return useMemo(() => issuingCas(all), [all]);
}

function issuingCas(all: readonly Ca[] | undefined) {
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
  return useQuery(caQuery(id));
}

/** A key of a CA with what needs it; not requested without the permission to read keys. */
export function useKey(id: string | undefined) {
  const may = useMay("key:read");
  return useQuery({ ...api.getKeyOptions({ path: { key: id ?? "" } }), enabled: may && id !== undefined });
}

/** The keys of a CA; not requested without the permission to read keys. */
export function useKeysOf(id: string) {
  return useQuery({ ...keysOfQuery(id), enabled: useMay("key:read"), refetchInterval: EVERY });
}

/** How many certificates of each CA are valid now, by its id. */
export function useValidCounts(): ReadonlyMap<string, number> {
  const may = useMay("certificate:read");
  const counts = useQuery({ ...api.getDashboardOptions(), enabled: may }).data?.valid_by_ca;
  return useMemo(() => new Map(counts?.map((one) => [one.ca, one.number])), [counts]);
}

export function useCrls(id: string) {
  return usePages(useInfiniteQuery(crlsQuery(id)));
}

export function useBackends() {
  return useQuery(backendsQuery());
}

/** The CA certificate that a form would lead to, a moment after the last change; nothing is requested for undefined. */
export function useCaPreview(body: CaBody | undefined) {
  const asked = useDebounced(body, PAUSE);
  const preview = useQuery({
    queryKey: ["ca-preview", asked],
    queryFn: async ({ signal }) => (await rest.previewCa({ body: asked as CaBody, signal })).data,
    enabled: asked !== undefined,
    placeholderData: (before) => before,
    retry: false,
  });
  return { asked, preview };
}
