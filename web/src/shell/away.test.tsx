import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { suspectAway } from "@/api";
import { Toaster } from "@/components/ui/toast";
import { show } from "../../tests/show";
import { AwayNotice } from "./away";

afterEach(() => {
  vi.unstubAllGlobals();
});

const client = () => new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" } } });

function Count() {
  const { data, isError } = useQuery({
    queryKey: [{ _id: "getDashboard" }],
    queryFn: () => fetch("/count").then(() => 7),
  });
  return <p>{isError ? "no count" : data}</p>;
}

test("a server that is away is told of, and when it is back the page has what it lacked, without a reload", async () => {
  let isThere = false;
  vi.stubGlobal("fetch", async () => {
    if (isThere) return new Response();
    throw new TypeError("Failed to fetch");
  });
  await show(
    <QueryClientProvider client={client()}>
      <AwayNotice />
      <Count />
      <Toaster />
    </QueryClientProvider>,
  );
  expect(await screen.findByText("no count")).toBeVisible();
  expect(screen.queryByText("The server is unavailable")).toBeNull();
  void suspectAway();
  expect(await screen.findByText("The server is unavailable")).toBeVisible();
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: "Retry now" }));
  expect(await screen.findByText("7")).toBeVisible();
  expect(screen.queryByText("The server is unavailable")).toBeNull();
  expect(screen.getByText("The server is available again")).toBeVisible();
});
