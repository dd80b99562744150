import { type InfiniteData, type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type ChangeList, followChanges, isAffected, operationOf } from "@/api";

const PAUSE = 300;
const MOST_PAGES = 3;

/** Keeps the page up to date with the server while it is visible. */
export function useLive(isPaused: boolean): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (isPaused) return;
    const stop = new AbortController();
    const renew = collecting((changes) => renewAll(queryClient, changes));
    void followChanges(renew, stop.signal);
    return () => stop.abort();
  }, [queryClient, isPaused]);
}

/** Several changes in a short time cause one reload. */
function collecting(renew: (changes: ChangeList[]) => void): (changes: ChangeList) => void {
  let collected: ChangeList[] = [];
  return (changes) => {
    collected.push(changes);
    if (collected.length > 1) return;
    setTimeout(() => {
      renew(collected);
      collected = [];
    }, PAUSE);
  };
}

/** Reads everything on the page again, for when it is not known what has changed. */
export function renewEverything(queryClient: QueryClient): void {
  renewAll(queryClient, [{ items: [], position: "", missed: true }]);
}

function renewAll(queryClient: QueryClient, lists: readonly ChangeList[]): void {
  const missed = lists.some((changes) => changes.missed);
  const kinds = new Set(lists.flatMap((changes) => changes.items.map((item) => item.kind)));
  void queryClient.invalidateQueries({
    predicate: (query) => isShort(query) && (missed || isAffected(operationOf(query), kinds)),
  });
}

/** A list that the user has scrolled far down stays as it is, because all its pages would be loaded again. */
function isShort(query: Query): boolean {
  const data = query.state.data as Partial<InfiniteData<unknown>> | undefined;
  return (data?.pages?.length ?? 0) <= MOST_PAGES;
}
