import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, type Node } from "@/api";
import { useMay } from "@/features/session";
import { startI18n } from "@/lib/i18n";
import { Hosts } from "./hosts";

vi.mock("@/features/session", () => ({ useMay: vi.fn(() => true) }));

const NOW = Date.parse("2026-11-28T12:00:00Z");
const leads: Node = { name: "pki-a", leader: true, last_seen: "2026-11-28T11:59:55Z", published_lag_seconds: 0 };
const follows: Node = { ...leads, name: "pki-b", leader: false };

function show(nodes: Node[]) {
  const client = new QueryClient();
  const status = { version: "1", ready: true, parts: [], notices: [], near_ends: [], nodes };
  client.setQueryDefaults(api.getStatusOptions().queryKey, { staleTime: Number.POSITIVE_INFINITY });
  client.setQueryData(api.getStatusOptions().queryKey, status, { updatedAt: NOW });
  return render(
    <QueryClientProvider client={client}>
      <Hosts />
    </QueryClientProvider>,
  );
}

beforeEach(async () => {
  vi.mocked(useMay).mockReturnValue(true);
  await startI18n();
});

afterEach(cleanup);

test("each host is shown, and which one leads", () => {
  show([leads, follows]);
  expect(screen.getByText("pki-a")).toBeVisible();
  expect(screen.getByText("Leader")).toBeVisible();
  expect(screen.getByText("pki-b")).toBeVisible();
});

test("a host that stopped reporting is unavailable, also if it led", () => {
  show([{ ...leads, last_seen: "2026-11-28T11:59:00Z" }, follows]);
  expect(screen.queryByText("Leader")).toBeNull();
  expect(screen.getByText("Unavailable")).toBeVisible();
});

test("a host whose published status is old says for how long", () => {
  show([leads, { ...follows, published_lag_seconds: 42.4 }]);
  expect(screen.getByText("Status 42 s behind")).toBeVisible();
});

test("a single host, or a user without the permission, has no list", () => {
  show([leads]);
  expect(screen.queryByText("pki-a")).toBeNull();
  cleanup();
  vi.mocked(useMay).mockReturnValue(false);
  show([leads, follows]);
  expect(screen.queryByText("pki-a")).toBeNull();
});
