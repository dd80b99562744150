import { type QueryKey, queryOptions } from "@tanstack/react-query";

interface PageOf<Item> {
  items: Item[];
  next_cursor: string | null;
}

interface PageOptions {
  query: { cursor?: string; limit: number };
  signal: AbortSignal;
}

const LARGEST_PAGE = 200;

/** Every item of a list: reads page after page until the server has no further one. */
export async function readWholeList<Item>(
  readPage: (options: PageOptions) => Promise<{ data: PageOf<Item> }>,
  signal: AbortSignal,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const query: PageOptions["query"] = { ...(cursor && { cursor }), limit: LARGEST_PAGE };
    const { data }: { data: PageOf<Item> } = await readPage({ query, signal });
    items.push(...data.items);
    cursor = data.next_cursor;
  } while (cursor);
  return items;
}

/**
 * The query of a list that is needed as a whole: to choose from, or to look names up in. `key` is the key of the list's
 * operation, which a change of the list invalidates too.
 */
export function wholeList<Item>(key: QueryKey, readPage: (options: PageOptions) => Promise<{ data: PageOf<Item> }>) {
  return queryOptions({
    queryKey: [...key, "whole"],
    queryFn: async ({ signal }) => ({ items: await readWholeList(readPage, signal) }),
  });
}
