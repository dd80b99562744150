import type { InfiniteData, UseInfiniteQueryResult, UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";

interface CursorPage<Item> {
  items: readonly Item[];
  next_cursor: string | null;
}

/** Options to load the next page of a list with a cursor. */
export const BY_CURSOR = {
  initialPageParam: {},
  getNextPageParam: ({ next_cursor }: CursorPage<unknown>) =>
    next_cursor === null ? undefined : { query: { cursor: next_cursor } },
};

/** What limits a list to the share of the caller. */
export const SHARES = { mine: { mine: true }, needsMe: { needs_my_approval: true } } as const;

/** The same for a list of the object that `path` names. */
export function byCursorOf<Path>(path: Path) {
  return {
    initialPageParam: { path },
    getNextPageParam: ({ next_cursor }: CursorPage<unknown>) =>
      next_cursor === null ? undefined : { path, query: { cursor: next_cursor } },
  };
}

/** What has been read so far, as one list that stays the same while nothing new came, and how to go on. */
export function usePages<Item>(question: UseInfiniteQueryResult<InfiniteData<CursorPage<Item>>, unknown>) {
  const rows = useMemo(() => question.data?.pages.flatMap((page) => page.items) ?? [], [question.data]);
  const paging = {
    hasMore: question.hasNextPage,
    isLoading: question.isFetchingNextPage,
    more: () => void question.fetchNextPage(),
  };
  return { question, rows, paging };
}

const NONE: readonly never[] = [];

/** A list that is read as a whole, in the same form. */
export function useItems<Item>(question: UseQueryResult<{ items: readonly Item[] }, unknown>) {
  return { question, rows: question.data?.items ?? NONE };
}
