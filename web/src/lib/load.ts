import type {
  EnsureInfiniteQueryDataOptions,
  EnsureQueryDataOptions,
  QueryClient,
  QueryKey,
} from "@tanstack/react-query";

/** What the loader of a route gets from the frame of all pages. */
export interface PageContext {
  queryClient: QueryClient;
  me: { permissions: readonly string[] };
}

/** A query as `queryOptions` of any feature return it. */
interface PageQuery {
  queryKey: QueryKey;
  queryFn?: unknown;
  initialPageParam?: unknown;
  getNextPageParam?: unknown;
}

/**
 * Reads what a page shows before the page is shown: all queries at once, each from the cache if it is there. A query that
 * fails is not an error of the route: the page shows it in its place, with its heading and a way to retry.
 */
export async function load(
  { queryClient }: Pick<PageContext, "queryClient">,
  ...queries: readonly (PageQuery | false)[]
) {
  await Promise.allSettled(queries.map((query) => query && read(queryClient, query)));
}

function read(queryClient: QueryClient, query: PageQuery): Promise<unknown> {
  return "initialPageParam" in query
    ? queryClient.ensureInfiniteQueryData(query as EnsureInfiniteQueryDataOptions)
    : queryClient.ensureQueryData(query as EnsureQueryDataOptions);
}

/** Whether the user can read the objects of a query. */
export function may({ me }: Pick<PageContext, "me">, permission: string): boolean {
  return me.permissions.includes(permission);
}
