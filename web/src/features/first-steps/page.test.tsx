import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Me } from "@/api";
import { useFactors } from "@/features/account";
import { useMe } from "@/features/session";
import { knowsPasskeys } from "@/lib/passkey";
import { show } from "../../../tests/show";
import { FirstStepsPage } from "./page";

vi.mock("@/features/session", () => ({ useMe: vi.fn(), useMay: () => true }));
vi.mock("@/features/account", async (original) => ({
  ...(await original<typeof import("@/features/account")>()),
  useFactors: vi.fn(),
}));
vi.mock("@/features/cas", () => ({ useCas: () => ({ data: { items: [] } }) }));
vi.mock("@/lib/passkey", () => ({ knowsPasskeys: vi.fn(() => true) }));

const person = { user: { id: "ada" }, session: { csrf_token: "t" } } as unknown as Me;

/** The steps for a person with so many passkeys, or for a caller who is not a person. */
async function steps(me: Me, passkeys: number) {
  vi.mocked(useMe).mockReturnValue(me);
  vi.mocked(useFactors).mockImplementation(
    (mayAsk) =>
      ({ data: mayAsk ? { passkeys: Array(passkeys).fill({}) } : undefined }) as ReturnType<typeof useFactors>,
  );
  await show(
    <QueryClientProvider client={new QueryClient()}>
      <FirstStepsPage />
    </QueryClientProvider>,
  );
  return screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent);
}

beforeEach(() => {
  vi.mocked(knowsPasskeys).mockReturnValue(true);
});
afterEach(cleanup);

test("who came by a password is offered a passkey first", async () => {
  expect((await steps(person, 0))[0]).toBe("Sign in without a password");
  expect(screen.getByRole("button", { name: "Add a passkey" })).toBeVisible();
});

test("who has one, who is no person, and whose browser knows none is not", async () => {
  expect(await steps(person, 1)).toHaveLength(3);
  cleanup();
  expect(await steps({ user: null, session: null } as unknown as Me, 0)).toHaveLength(3);
  cleanup();
  vi.mocked(knowsPasskeys).mockReturnValue(false);
  expect(await steps(person, 0)).toHaveLength(3);
});
