import { type InfiniteData, type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type ChangeList, followChanges, isAffected, operationOf } from "@/api";

const PAUSE = 300;
const MOST_PAGES = 3;

/** Keeps what is on the page as the server has it, while somebody looks at it. */
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

/** Several changes shortly after each other are one reason to ask again. */
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

/** A list that somebody has scrolled far down stays as it is: all its pages would have to be asked for again. */
function isShort(query: Query): boolean {
  const data = query.state.data as Partial<InfiniteData<unknown>> | undefined;
  return (data?.pages?.length ?? 0) <= MOST_PAGES;
}
