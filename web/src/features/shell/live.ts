import { type InfiniteData, type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type ChangeList, followChanges } from "@/api";

/** By the kind of what has changed: the operations whose answers may be others now. */
const CONCERNED: Readonly<Record<string, RegExp>> = {
  approval: /Approval|Request/,
  ca: /Ca|Crl|Dashboard/,
  certificate: /Certificate|Dashboard|Ca/,
  issuer_key: /Ca|Key|Crl/,
  job: /Job|Dashboard|Bulk/,
  key: /Key/,
  profile: /Profile/,
  request: /Request|Approval/,
  role: /Role/,
  service_account: /ServiceAccount/,
  session: /Session/,
  team: /Team/,
  token: /Token/,
  user: /User|Role|Team/,
};
const ALWAYS = /^listAudit/;
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

/** As if everything had changed: for when it is not known what has. */
export function renewEverything(queryClient: QueryClient): void {
  renewAll(queryClient, [{ items: [], position: "", missed: true }]);
}

function renewAll(queryClient: QueryClient, told: readonly ChangeList[]): void {
  const missed = told.some((changes) => changes.missed);
  const kinds = new Set(told.flatMap((changes) => changes.items.map((item) => item.kind)));
  void queryClient.invalidateQueries({
    predicate: (query) => isShort(query) && (missed || isConcerned(operationOf(query), kinds)),
  });
}

export function isConcerned(operation: string, kinds: ReadonlySet<string>): boolean {
  return ALWAYS.test(operation) || [...kinds].some((kind) => CONCERNED[kind]?.test(operation));
}

function operationOf(query: Query): string {
  const [key] = query.queryKey as [{ _id?: string } | undefined];
  return key?._id ?? "";
}

/** A list that somebody has scrolled far down stays as it is: all its pages would have to be asked for again. */
function isShort(query: Query): boolean {
  const data = query.state.data as Partial<InfiniteData<unknown>> | undefined;
  return (data?.pages?.length ?? 0) <= MOST_PAGES;
}
