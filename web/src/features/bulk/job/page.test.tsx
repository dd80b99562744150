import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { BulkJob, BulkRow } from "@/api";
import { show } from "../../../../tests/show";
import { useBulkJob, useBulkRows } from "../queries";
import { BulkJobPage } from "./page";

vi.mock("@/features/session", () => ({ useMay: () => true }));
vi.mock("../queries", async (original) => ({
  ...(await original<typeof import("../queries")>()),
  useBulkJob: vi.fn(),
  useBulkRows: vi.fn(),
}));

const ROWS = [
  { number: 1, state: "done", certificate: "c1" },
  { number: 2, state: "refused", code: "conflict", detail: "it is revoked already" },
  { number: 3, state: "checked" },
].map((row) => ({ reference: null, certificate: null, code: null, detail: null, ...row })) as BulkRow[];

async function page(job: Partial<BulkJob>) {
  const rows = { total: 3, received: 0, checked: 1, done: 1, refused: 1 };
  const data = { id: "j1", action: "issue", state: "running", phase: "working", rows, last_error: null, ...job };
  vi.mocked(useBulkJob).mockReturnValue({ data } as ReturnType<typeof useBulkJob>);
  await show(
    <QueryClientProvider client={new QueryClient()}>
      <BulkJobPage id="j1" search={{}} onSearch={vi.fn()} />
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  const list = { question: { data: ROWS, isError: false }, rows: ROWS };
  vi.mocked(useBulkRows).mockReturnValue(list as unknown as ReturnType<typeof useBulkRows>);
});

test("bulk work that runs is cancelled from its page", async () => {
  await page({ state: "running" });
  expect(screen.getByRole("button", { name: "Cancel" })).toBeVisible();
});

test.each([
  ["issue", "Issued"],
  ["renew", "Renewed"],
  ["revoke", "Revoked"],
  ["export", "In the ZIP file"],
  ["import", "Imported"],
] as const)("a row of %s that is done says: %s; one that was refused says why", async (action, words) => {
  await page({ action, state: "done" });
  expect(screen.getByRole("row", { name: new RegExp(`Done ${words}$`) })).toBeVisible();
  expect(screen.getByRole("row", { name: /Refused it is revoked already$/ })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
});
