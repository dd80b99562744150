import { useInfiniteQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { BY_CURSOR, usePages } from "@/lib/pages";
import type { JobSearch } from "./search";

const PAGE = 100;
const EVERY = 10_000;

export const jobsQuery = ({ state }: JobSearch) => ({
  ...api.listJobsInfiniteOptions({ query: { ...(state && { state }), limit: PAGE } }),
  ...BY_CURSOR,
});

export function useJobs(search: JobSearch) {
  return usePages(useInfiniteQuery({ ...jobsQuery(search), refetchInterval: EVERY }));
}
