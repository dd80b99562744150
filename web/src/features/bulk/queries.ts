import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type BulkJob, type BulkRowState } from "@/api";

const PAGE = 100;
const AGAIN = 1_000;

/** One job, asked for again while it is at work. */
export function useBulkJob(id: string) {
  return useQuery({
    ...api.getBulkOptions({ path: { job: id } }),
    refetchInterval: (query) => (query.state.data && isAtWork(query.state.data) ? AGAIN : false),
  });
}

/** Each row's result, page after page. */
export function useBulkRows(job: BulkJob, state: BulkRowState | undefined) {
  const path = { job: job.id };
  return useInfiniteQuery({
    ...api.listBulkRowsInfiniteOptions({ path, query: { ...(state && { state }), limit: PAGE } }),
    initialPageParam: { path },
    getNextPageParam: (page) => (page.next_cursor === null ? undefined : { path, query: { cursor: page.next_cursor } }),
    refetchInterval: isAtWork(job) ? AGAIN : false,
    refetchOnMount: "always",
  });
}

export function isAtWork({ state }: Pick<BulkJob, "state">): boolean {
  return state === "queued" || state === "running";
}
