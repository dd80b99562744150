import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type BulkJob } from "@/api";
import { byCursorOf, usePages } from "@/lib/pages";
import type { BulkSearch } from "./search";
import { isAtWork } from "./status";

const PAGE = 100;
const AGAIN = 1_000;

export const bulkJobQuery = (job: string) => api.getBulkOptions({ path: { job } });

/** Each row's result, page after page. */
export function bulkRowsQuery(job: string, { state }: BulkSearch) {
  const path = { job };
  return {
    ...api.listBulkRowsInfiniteOptions({ path, query: { ...(state && { state }), limit: PAGE } }),
    ...byCursorOf(path),
  };
}

/** One job, requested again while it is at work. */
export function useBulkJob(id: string) {
  return useQuery({
    ...bulkJobQuery(id),
    refetchInterval: (query) => (query.state.data && isAtWork(query.state.data) ? AGAIN : false),
  });
}

export function useBulkRows(job: BulkJob, search: BulkSearch) {
  return usePages(
    useInfiniteQuery({
      ...bulkRowsQuery(job.id, search),
      refetchInterval: isAtWork(job) ? AGAIN : false,
      refetchOnMount: "always",
    }),
  );
}
