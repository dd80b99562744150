import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { rest } from "@/api";
import { show } from "../../../tests/show";
import { KeysPage } from "./page";

vi.mock("@/api/generated/sdk.gen", async (original) => ({
  ...(await original<typeof import("@/api/generated/sdk.gen")>()),
  listBackends: vi.fn(async () => ({ data: { items: [] } })),
  listCas: vi.fn(async () => ({ data: { items: [], next_cursor: null } })),
  listBlockedKeys: vi.fn(),
}));
vi.mock("@/features/session", async (original) => ({
  ...(await original<typeof import("@/features/session")>()),
  useMay: () => true,
}));

test("the sections appear together, so that none is moved by another", async () => {
  let answer: (value: unknown) => void = () => {};
  vi.mocked(rest.listBlockedKeys).mockReturnValue(new Promise((resolve) => (answer = resolve)) as never);
  await show(
    <QueryClientProvider client={new QueryClient()}>
      <KeysPage />
    </QueryClientProvider>,
  );
  await vi.waitFor(() => expect(rest.listCas).toHaveBeenCalled());
  expect(screen.queryAllByRole("heading", { level: 2 })).toEqual([]);
  answer({ data: { items: [], next_cursor: null } });
  expect((await screen.findAllByRole("heading", { level: 2 })).length).toBeGreaterThan(1);
});
