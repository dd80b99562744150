import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { wholeList } from "./whole-list";

const ALL = Array.from({ length: 450 }, (_, index) => ({ id: `id-${index}` }));

/** A list of the server: its cursor is the index of the next item. */
const readPage = vi.fn(async ({ query }: { query: { cursor?: string; limit: number } }) => {
  const start = Number(query.cursor ?? 0);
  const end = start + query.limit;
  return { data: { items: ALL.slice(start, end), next_cursor: end < ALL.length ? String(end) : null } };
});

test("a whole list has every item, in the server's order, however many pages they take", async () => {
  const { items } = await new QueryClient().fetchQuery(wholeList([{ _id: "listCas" }], readPage));
  expect(items).toEqual(ALL);
  expect(readPage).toHaveBeenCalledTimes(3);
});

test("a failure on a later page fails the query, and no partial list is shown as the whole", async () => {
  readPage.mockImplementationOnce(readPage.getMockImplementation() as typeof readPage);
  readPage.mockRejectedValueOnce(new Error("the server is unavailable"));
  await expect(new QueryClient().fetchQuery(wholeList([{ _id: "listCas" }], readPage))).rejects.toThrow("unavailable");
});
