import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "@/api";
import { setLanguage, startI18n } from "@/lib/i18n";
import { Running } from "./running";

vi.mock("@/features/session", () => ({ useMay: vi.fn(() => true) }));

function show(name: string, state: string, reason: string | null = null) {
  const client = new QueryClient();
  const status = {
    version: "1",
    ready: true,
    parts: [{ name, state, reason }],
    notices: [],
    near_ends: [],
    nodes: [],
  };
  client.setQueryDefaults(api.getStatusOptions().queryKey, { staleTime: Number.POSITIVE_INFINITY });
  client.setQueryData(api.getStatusOptions().queryKey, status);
  return render(
    <QueryClientProvider client={client}>
      <Running />
    </QueryClientProvider>,
  );
}

beforeEach(async () => {
  await startI18n();
});

afterEach(cleanup);

test("a disk that is nearly full says so, with the reason", () => {
  show("disk_space", "low", "The disk has only 100 MiB free.");
  expect(screen.getByText("Free disk space")).toBeVisible();
  expect(screen.getByText("Low")).toBeVisible();
  expect(screen.getByText("The disk has only 100 MiB free.")).toBeVisible();
});

test("a backup target is named, and its state too", async () => {
  await setLanguage("de");
  show("backup:vault", "overdue");
  expect(screen.getByText("Sicherungen in vault")).toBeVisible();
  expect(screen.getByText("Überfällig")).toBeVisible();
  await setLanguage("en");
});

test("a state without words of its own is unavailable", () => {
  show("database", "gone");
  expect(screen.getByText("Unavailable")).toBeVisible();
});
