import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useMay } from "@/features/session";
import type { AuditSearch } from "./search";

const PAGE = 100;

export function useAudit(search: AuditSearch) {
  return useInfiniteQuery({
    ...api.listAuditInfiniteOptions({ query: { ...search, limit: PAGE } }),
    initialPageParam: {},
    getNextPageParam: (page) => (page.next_cursor === null ? undefined : { query: { cursor: page.next_cursor } }),
    placeholderData: (before) => before,
  });
}

/** What was done to one object, newest first; empty for those who may not read the trail. */
export function useHistory(objectId: string) {
  const may = useMay("audit:read");
  return useQuery({ ...api.listAuditOptions({ query: { object_id: objectId, limit: PAGE } }), enabled: may });
}
