import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Ca } from "@/api";
import { DAY } from "@/lib/time";
import type { CertificateSearch } from "./search";

const PAGE = 100;

/** The list behind the filters, page after page. */
export function useCertificates(search: CertificateSearch) {
  const { within, query, ...rest } = search;
  // To the hour, so that the list has the same key while one looks at it.
  const expires =
    within === undefined ? undefined : new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + within * DAY);
  return useInfiniteQuery({
    ...api.listCertificatesInfiniteOptions({
      query: {
        ...rest,
        ...(query && { query }),
        ...(expires && { expires_before: expires.toISOString() }),
        limit: PAGE,
      },
    }),
    initialPageParam: {},
    getNextPageParam: (page) => (page.next_cursor === null ? undefined : { query: { cursor: page.next_cursor } }),
    placeholderData: (before) => before,
  });
}

const ALL = { query: { limit: 200 } };

export function useCas() {
  return useQuery(api.listCasOptions(ALL));
}

/** CA names by id. */
export function useCaNames(): ReadonlyMap<string, Ca> {
  const cas = useCas().data?.items;
  return useMemo(() => new Map(cas?.map((ca) => [ca.id, ca])), [cas]);
}

export function useProfiles() {
  return useQuery(api.listProfilesOptions(ALL));
}
