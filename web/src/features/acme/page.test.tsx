import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type AcmeAccount, rest } from "@/api";
import { useMay } from "@/features/session";
import { show } from "../../../tests/show";
import { AcmePage } from "./page";

vi.mock("@/api/generated/sdk.gen", async (original) => ({
  ...(await original<typeof import("@/api/generated/sdk.gen")>()),
  listAcmeAccounts: vi.fn(),
  listCas: vi.fn(async () => ({
    data: {
      items: [
        { id: "c1", name: "Root CA", state: "active", parent: null },
        { id: "c2", name: "Issuing CA", state: "active", parent: "c1" },
      ],
    },
  })),
  createAcmeKey: vi.fn(),
  revokeAcmeAccount: vi.fn(async () => ({ data: {} })),
}));
vi.mock("@/features/session", async (original) => ({
  ...(await original<typeof import("@/features/session")>()),
  useMay: vi.fn(() => true),
}));
vi.mock("@/features/profiles", () => ({
  useProfiles: () => ({
    data: { items: ["tls-client", "tls-server"].map((name) => ({ name, kind: "end-entity", state: "active" })) },
  }),
}));

const ACCOUNT: AcmeAccount = {
  id: "a1",
  state: "valid",
  contacts: ["mailto:ops@example.com"],
  thumbprint: "t",
  token_id: "k1",
  token_name: "web servers",
  token_expires: "2999-01-01T00:00:00Z",
  token_revoked_at: null,
  owner: "local:alice",
  team: null,
  created_at: "2026-11-24T12:00:00Z",
  changed_at: "2026-11-24T12:00:00Z",
};

async function page(...items: AcmeAccount[]) {
  vi.mocked(rest.listAcmeAccounts).mockResolvedValue({ data: { items, next_cursor: null } } as never);
  await show(
    <QueryClientProvider client={new QueryClient()}>
      <AcmePage />
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  vi.clearAllMocks();
  vi.mocked(useMay).mockReturnValue(true);
});
afterEach(cleanup);

test.each([
  ["Active", {}],
  ["Deactivated", { state: "deactivated" }],
  ["Revoked", { state: "revoked" }],
  ["Key revoked", { token_revoked_at: "2026-11-25T00:00:00Z" }],
  ["Key expired", { token_expires: "2026-11-25T00:00:00Z" }],
] as const)("an account that is %s says so, with its key and its contacts", async (words, said) => {
  await page({ ...ACCOUNT, ...said });
  expect(await screen.findByText("web servers")).toBeVisible();
  expect(screen.getByText(words)).toBeVisible();
  expect(screen.getByText("ops@example.com")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Revoke" }) !== null).toBe(!("state" in said));
});

test("an account is revoked once that is confirmed", async () => {
  await page(ACCOUNT);
  await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
  expect(rest.revokeAcmeAccount).not.toHaveBeenCalled();
  const dialog = screen.getByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: "Revoke" }));
  await waitFor(() =>
    expect(rest.revokeAcmeAccount).toHaveBeenCalledWith(expect.objectContaining({ path: { account: "a1" } })),
  );
});

test("who may neither make keys nor revoke sees the accounts alone", async () => {
  vi.mocked(useMay).mockReturnValue(false);
  await page(ACCOUNT);
  expect(await screen.findByText("web servers")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Create ACME key|Revoke/ })).toBeNull();
});

test("a key is limited to a CA and a profile, and shown once with a command that uses it", async () => {
  const made = { id: "kid-1", name: "web", hmac_key: "hmac-1", acme_url: "https://pki.example.com:8443/acme" };
  vi.mocked(rest.createAcmeKey).mockResolvedValue({ data: made } as never);
  await page();
  await userEvent.click(await screen.findByRole("button", { name: "Create ACME key" }));
  const dialog = screen.getByRole("dialog");
  const create = () => userEvent.click(within(dialog).getByRole("button", { name: "Create ACME key" }));
  await create();
  expect(rest.createAcmeKey).not.toHaveBeenCalled();
  await userEvent.type(within(dialog).getByLabelText("Name"), "web");
  await userEvent.type(within(dialog).getByLabelText(/^Names/), "DNS:example.com\n\n");
  await userEvent.click(within(dialog).getByLabelText("Allow registration without a key"));
  await create();
  await waitFor(() =>
    expect(rest.createAcmeKey).toHaveBeenCalledWith(
      expect.objectContaining({
        body: {
          name: "web",
          role: "registration-authority",
          expires: "P1Y",
          cas: ["Issuing CA"],
          profiles: ["tls-server"],
          names: ["DNS:example.com"],
          open: true,
        },
      }),
    ),
  );
  expect(await within(dialog).findByText("kid-1")).toBeVisible();
  expect(within(dialog).getByText("hmac-1")).toBeVisible();
  const command = within(dialog).getByText(/certbot certonly/);
  expect(command).toHaveTextContent("https://pki.example.com:8443/acme/Issuing%20CA/tls-server/directory");
  expect(command).toHaveTextContent("--eab-kid kid-1");
  await userEvent.click(within(dialog).getByRole("button", { name: "I saved the token" }));
  expect(screen.queryByText("hmac-1")).toBeNull();
});
