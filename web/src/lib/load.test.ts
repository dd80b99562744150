import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { load, may } from "./load";
import { BY_CURSOR } from "./pages";

const newClient = () => new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 60_000 } } });

test("all queries of a page begin before the first one ends", async () => {
  const ends: (() => void)[] = [];
  const queryFn = vi.fn(() => new Promise((resolve) => ends.push(() => resolve("data"))));
  const loaded = load({ queryClient: newClient() }, { queryKey: ["a"], queryFn }, { queryKey: ["b"], queryFn });
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(2));
  for (const end of ends) end();
  await loaded;
});

test("what was read is in the cache, lists by their first page, and is not requested again", async () => {
  const queryClient = newClient();
  const queryFn = vi.fn(async () => ({ items: ["one"], next_cursor: null }));
  const list = { queryKey: ["list"], queryFn, ...BY_CURSOR };
  await load({ queryClient }, list);
  await load({ queryClient }, list);
  expect(queryClient.getQueryData(["list"])).toMatchObject({ pages: [{ items: ["one"] }] });
  expect(queryFn).toHaveBeenCalledOnce();
});

test("a query that fails does not keep the page from being shown, nor the others from being read", async () => {
  const queryClient = newClient();
  const fails = { queryKey: ["a"], queryFn: () => Promise.reject(new Error("refused")) };
  await load({ queryClient }, fails, { queryKey: ["b"], queryFn: async () => "data" });
  expect(queryClient.getQueryData(["b"])).toBe("data");
  expect(queryClient.getQueryState(["a"])?.status).toBe("error");
});

test("what the user may not read is not requested", async () => {
  const queryFn = vi.fn();
  const context = { queryClient: newClient(), me: { permissions: ["ca:read"] } };
  await load(context, may(context, "key:read") && { queryKey: ["keys"], queryFn });
  expect(queryFn).not.toHaveBeenCalled();
  expect(may(context, "ca:read")).toBe(true);
});
