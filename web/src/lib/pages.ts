import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";

interface CursorPage<Item> {
  items: readonly Item[];
  next_cursor: string | null;
}

/** How a list that is read by a cursor asks for its next page. */
export const BY_CURSOR = {
  initialPageParam: {},
  getNextPageParam: ({ next_cursor }: CursorPage<unknown>) =>
    next_cursor === null ? undefined : { query: { cursor: next_cursor } },
};

/** What has been read so far, as one list that stays the same while nothing new came, and how to go on. */
export function usePages<Item>(found: UseInfiniteQueryResult<InfiniteData<CursorPage<Item>>, unknown>) {
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const paging = {
    hasMore: found.hasNextPage,
    isLoading: found.isFetchingNextPage,
    more: () => void found.fetchNextPage(),
  };
  return { rows, paging };
}
