import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type AcmeAccount, ApiError, type Credential, type EnrollmentProtocol, rest } from "@/api";
import { useMay } from "@/features/session";
import { createQueryClient } from "@/lib/query-client";
import { show } from "../../../tests/show";
import { EnrollmentPage } from "./page";

vi.mock("@/api/generated/sdk.gen", async (original) => ({
  ...(await original<typeof import("@/api/generated/sdk.gen")>()),
  listAcmeAccounts: vi.fn(),
  listCas: vi.fn(async () => ({
    data: {
      items: [
        { id: "c1", name: "Root CA", state: "active", parent: null },
        { id: "c2", name: "Issuing CA", state: "active", parent: "c1", end_entity_certificates: true },
      ],
    },
  })),
  createEabKey: vi.fn(),
  createCredential: vi.fn(),
  getCredential: vi.fn(),
  getRecipes: vi.fn(),
  listCredentials: vi.fn(),
  listCredentialDevices: vi.fn(),
  listEnrollmentProtocols: vi.fn(),
  revokeCredential: vi.fn(async () => ({ data: {} })),
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

const CREDENTIAL = {
  id: "k1",
  protocol: "est",
  name: "branch routers",
  role: "registration-authority",
  cas: ["c2"],
  profiles: ["tls-server"],
  names: ["DNS:example.com"],
  devices: 0,
  server_keys: false,
  pre_authorized: false,
  legacy_algorithms: false,
  validator: null,
  ra_certificate: null,
  single_use: false,
  used_at: null,
  label: "issuing-ca.tls-server",
  url: "https://pki.example.com:8443/.well-known/est/issuing-ca.tls-server",
  owner: "local:alice",
  expires: "2999-01-01T00:00:00Z",
  revoked_at: null,
  last_used_at: null,
} as unknown as Credential;

interface Shown {
  accounts?: AcmeAccount[];
  credentials?: Credential[];
  off?: EnrollmentProtocol;
}

async function page(protocol: EnrollmentProtocol, { accounts = [], credentials = [], off }: Shown = {}) {
  vi.mocked(rest.listAcmeAccounts).mockResolvedValue({ data: { items: accounts, next_cursor: null } } as never);
  vi.mocked(rest.listCredentials).mockResolvedValue({ data: { items: credentials, next_cursor: null } } as never);
  const items = ["acme", "est", "scep", "cmp"].map((one) => ({
    protocol: one,
    enabled: one !== off,
    setting: `${one}_enabled`,
  }));
  vi.mocked(rest.listEnrollmentProtocols).mockResolvedValue({ data: { items } } as never);
  await show(
    <QueryClientProvider client={createQueryClient()}>
      <EnrollmentPage protocol={protocol} onProtocol={() => {}} />
    </QueryClientProvider>,
  );
}

/** The recipes of the server for a query, with its values in the texts. */
async function recipesFor({ query }: { query: { ca: string; profile: string; key?: string; host?: string } }) {
  const text = `${query.ca} ${query.profile} ${query.host} --kid ${query.key} --hmac HMAC_KEY`;
  const certbot = {
    client: "certbot",
    label: "certbot",
    file: "certbot.sh",
    source: "tested",
    text: `certbot ${text}`,
  };
  const nginx = { client: "nginx", label: "nginx", file: "nginx.conf", source: "vendor", text: `nginx ${text}` };
  return { data: { directory: "https://pki.example.com/acme", prepare: "pkim trust fetch", items: [certbot, nginx] } };
}

beforeEach(() => {
  vi.clearAllMocks();
  vi.mocked(rest.getRecipes).mockImplementation(recipesFor as never);
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
  await page("acme", { accounts: [{ ...ACCOUNT, ...said }] });
  expect(await screen.findByText("web servers")).toBeVisible();
  expect(screen.getByText(words)).toBeVisible();
  expect(screen.getByText("ops@example.com")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Revoke" }) !== null).toBe(!("state" in said));
});

test("an account is revoked once that is confirmed", async () => {
  await page("acme", { accounts: [ACCOUNT] });
  await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
  expect(rest.revokeAcmeAccount).not.toHaveBeenCalled();
  const dialog = screen.getByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: "Revoke" }));
  await waitFor(() =>
    expect(rest.revokeAcmeAccount).toHaveBeenCalledWith(expect.objectContaining({ path: { account: "a1" } })),
  );
});

test("a user who can neither create nor revoke sees the lists alone", async () => {
  vi.mocked(useMay).mockReturnValue(false);
  await page("acme", { accounts: [ACCOUNT], credentials: [{ ...CREDENTIAL, protocol: "acme" }] });
  expect(await screen.findByText("web servers")).toBeVisible();
  expect(await screen.findByText("branch routers")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Create|Revoke/ })).toBeNull();
});

test("a protocol that is switched off says so, and offers no new credential", async () => {
  await page("est", { off: "est", credentials: [CREDENTIAL] });
  expect(await screen.findByText(/EST is switched off.*est_enabled/)).toBeVisible();
  expect(screen.queryByRole("button", { name: /Create/ })).toBeNull();
});

test.each([
  ["Active", {}],
  ["Used", { single_use: true, used_at: "2026-11-25T00:00:00Z" }],
  ["Revoked", { revoked_at: "2026-11-25T00:00:00Z" }],
  ["Expired", { expires: "2026-11-25T00:00:00Z" }],
])("a credential that is %s says so, with its CA and its profile", async (words, members) => {
  await page("est", { credentials: [{ ...CREDENTIAL, ...members }] });
  const row = (await screen.findByText("branch routers")).closest("tr") as HTMLElement;
  expect(within(row).getByText(words)).toBeVisible();
  expect(await within(row).findByText("Issuing CA")).toBeVisible();
  expect(within(row).getByText("tls-server")).toBeVisible();
});

test("the configuration of a credential shows its devices, and a placeholder for the secret", async () => {
  const devices = { items: [{ identities: ["one.example.com", "sn-1"] }], next_cursor: null };
  vi.mocked(rest.listCredentialDevices).mockResolvedValue({ data: devices } as never);
  await page("est", { credentials: [{ ...CREDENTIAL, devices: 1 }] });
  await userEvent.click(await screen.findByRole("button", { name: "Configure clients of branch routers" }));
  const dialog = screen.getByRole("dialog");
  expect(await within(dialog).findByText("one.example.com, sn-1")).toBeVisible();
  expect(within(dialog).getByText(/simpleenroll/)).toHaveTextContent("k1:SECRET");
});

test("a credential is revoked once that is confirmed", async () => {
  await page("est", { credentials: [CREDENTIAL] });
  await userEvent.click(await screen.findByRole("button", { name: "Revoke branch routers" }));
  await userEvent.click(screen.getByRole("button", { name: "Revoke credential" }));
  await waitFor(() =>
    expect(rest.revokeCredential).toHaveBeenCalledWith(expect.objectContaining({ path: { credential: "k1" } })),
  );
});

async function create(button: string, fill: (dialog: HTMLElement) => Promise<void>): Promise<HTMLElement> {
  await userEvent.click(await screen.findByRole("button", { name: button }));
  const dialog = screen.getByRole("dialog");
  await userEvent.type(await within(dialog).findByLabelText("Name"), "web");
  await fill(dialog);
  await userEvent.click(within(dialog).getByRole("button", { name: button }));
  return dialog;
}

test("a credential is limited by the form, and its secret is shown once with a command that uses it", async () => {
  vi.mocked(rest.createCredential).mockResolvedValue({
    data: { ...CREDENTIAL, user: "k1", password: "pass-1" },
  } as never);
  await page("est");
  const dialog = await create("Create EST credential", async (form) => {
    await userEvent.type(within(form).getByLabelText(/^Permitted names/), "DNS:example.com\n");
    await userEvent.type(within(form).getByLabelText(/^Devices/), "SN-1, one.example.com");
    await userEvent.selectOptions(within(form).getByLabelText("Certificates"), "wait for approval");
    await userEvent.click(within(form).getByLabelText("Allow keys that the server generates"));
  });
  await waitFor(() =>
    expect(rest.createCredential).toHaveBeenCalledWith({
      body: {
        protocol: "est",
        name: "web",
        ca: "Issuing CA",
        profile: "tls-server",
        role: "requester",
        expires: "P1Y",
        names: ["DNS:example.com"],
        devices: ["SN-1, one.example.com"],
        server_keys: true,
        pre_authorized: false,
        legacy_algorithms: false,
        validator: null,
        ra_certificate: null,
      },
    }),
  );
  expect(await within(dialog).findByText("pass-1")).toBeVisible();
  expect(within(dialog).getByText(/simpleenroll/)).toHaveTextContent("k1:pass-1");
  await userEvent.click(within(dialog).getByRole("button", { name: "I saved the secret" }));
  expect(screen.queryByText("pass-1")).toBeNull();
});

test("a form without a name is not sent, and the form of a key without binding creates an open key", async () => {
  const url = "https://pki.example.com:8443/acme/Issuing%20CA/tls-server/directory";
  vi.mocked(rest.createEabKey).mockResolvedValue({ data: { id: "k1", hmac_key: "hmac-1" } } as never);
  vi.mocked(rest.getCredential).mockResolvedValue({ data: { ...CREDENTIAL, protocol: "acme", url } } as never);
  await page("acme");
  await userEvent.click(await screen.findByRole("button", { name: "Create EAB key" }));
  const empty = screen.getByRole("dialog");
  await within(empty).findByLabelText("Name");
  await userEvent.click(within(empty).getByRole("button", { name: "Create EAB key" }));
  await userEvent.click(within(empty).getByRole("button", { name: "Cancel" }));
  expect(rest.createCredential).not.toHaveBeenCalled();
  const dialog = await create("Create EAB key", (form) =>
    userEvent.click(within(form).getByLabelText("Allow registration without a key")),
  );
  const limits = { cas: ["Issuing CA"], profiles: ["tls-server"], names: null, open: true };
  await waitFor(() =>
    expect(rest.createEabKey).toHaveBeenCalledWith({ body: expect.objectContaining({ name: "web", ...limits }) }),
  );
  expect(await within(dialog).findByText("hmac-1")).toBeVisible();
  expect(await within(dialog).findByText(/^certbot c2 tls-server/)).toHaveTextContent("--kid k1 --hmac hmac-1");
  expect(within(dialog).queryByText(/Replace HMAC_KEY/)).toBeNull();
  const sent = vi.mocked(rest.getRecipes).mock.calls.map(([options]) => JSON.stringify(options.query));
  expect(sent.join()).not.toContain("hmac-1");
});

const EAB_KEY: Credential = { ...CREDENTIAL, protocol: "acme", name: "web servers" };

async function configure(key: Credential): Promise<HTMLElement> {
  await page("acme", { credentials: [key] });
  await userEvent.click(await screen.findByRole("button", { name: "Configure clients of web servers" }));
  return screen.getByRole("dialog");
}

test("the configuration of a client has the values of its EAB key, and a placeholder for the HMAC key", async () => {
  const dialog = await configure(EAB_KEY);
  const certbot = await within(dialog).findByText(/^certbot c2/);
  expect(certbot).toHaveTextContent("certbot c2 tls-server www.example.com --kid k1 --hmac HMAC_KEY");
  expect(within(dialog).getByText("pkim trust fetch")).toBeVisible();
  expect(within(dialog).getByText(/tests of PKI Manager run .* Replace HMAC_KEY/)).toBeVisible();
  expect(within(dialog).queryByLabelText("CA")).toBeNull();
  await userEvent.selectOptions(within(dialog).getByLabelText("Client"), "nginx");
  expect(within(dialog).getByText(/^nginx c2/)).toBeVisible();
  expect(within(dialog).getByText(/follows the documentation of the vendor/)).toBeVisible();
});

test("if an EAB key permits several profiles, one is selected for the configuration", async () => {
  const dialog = await configure({ ...EAB_KEY, profiles: null });
  await within(dialog).findByText(/^certbot c2 tls-server/);
  await userEvent.selectOptions(within(dialog).getByLabelText("Profile"), "tls-client");
  expect(await within(dialog).findByText(/^certbot c2 tls-client/)).toBeVisible();
});

test("a configuration for other values than the fields have cannot be copied", async () => {
  const dialog = await configure(EAB_KEY);
  const certbot = await within(dialog).findByText(/^certbot c2/);
  expect(certbot.closest("[inert]")).toBeNull();
  await userEvent.type(within(dialog).getByLabelText("Host name"), ".");
  expect(certbot.closest("[inert]")).not.toBeNull();
  expect(within(dialog).getByText(/Enter a host name/)).toBeVisible();
  await userEvent.type(within(dialog).getByLabelText("Host name"), "au");
  expect(await within(dialog).findByText(/^certbot c2 tls-server www.example.com.au/)).toBeVisible();
  expect(within(dialog).queryByText(/Enter a host name/)).toBeNull();
  const hosts = vi.mocked(rest.getRecipes).mock.calls.map(([options]) => options.query.host);
  expect(hosts).not.toContain("www.example.com.");
});

test("a configuration that the server refuses shows the reason", async () => {
  const detail = "CA 'Issuing CA' has no certificate.";
  vi.mocked(rest.getRecipes).mockRejectedValue(new ApiError(409, "conflict", "Conflict", detail));
  const dialog = await configure(EAB_KEY);
  expect(await within(dialog).findByText(detail)).toBeVisible();
});

test("without a CA that the user can see, the dialog says what the configuration requires", async () => {
  const dialog = await configure({ ...EAB_KEY, cas: ["c9"] });
  expect(await within(dialog).findByText(/requires a CA that you can see/)).toBeVisible();
  expect(rest.getRecipes).not.toHaveBeenCalled();
});

test("a pre-authorized key warns, needs permitted names, and is not open", async () => {
  vi.mocked(rest.createCredential).mockResolvedValue({
    data: { ...CREDENTIAL, protocol: "acme", pre_authorized: true, kid: "k1", hmac_key: "hmac-1" },
  } as never);
  await page("acme");
  const dialog = await create("Create EAB key", async (form) => {
    expect(within(form).queryByRole("alert")).toBeNull();
    await userEvent.click(within(form).getByLabelText(/^Issue without validation/));
    expect(within(form).getByRole("alert")).toHaveTextContent(/Anyone who has this key/);
    expect(within(form).queryByLabelText("Allow registration without a key")).toBeNull();
  });
  expect(await within(dialog).findByText(/must be limited to names/)).toBeVisible();
  expect(rest.createCredential).not.toHaveBeenCalled();
  await userEvent.type(within(dialog).getByLabelText(/^Permitted names/), "DNS:example.com");
  await userEvent.click(within(dialog).getByRole("button", { name: "Create EAB key" }));
  await waitFor(() =>
    expect(rest.createCredential).toHaveBeenCalledWith({
      body: expect.objectContaining({ pre_authorized: true, names: ["DNS:example.com"] }),
    }),
  );
});

test("a SCEP credential for 3DES and SHA-1 warns", async () => {
  vi.mocked(rest.createCredential).mockResolvedValue({
    data: { ...CREDENTIAL, protocol: "scep", legacy_algorithms: true, challenge: "secret-1" },
  } as never);
  await page("scep");
  await create("Create SCEP challenge", async (form) => {
    expect(within(form).queryByRole("alert")).toBeNull();
    await userEvent.click(within(form).getByLabelText("Allow 3DES and SHA-1"));
    expect(within(form).getByRole("alert")).toHaveTextContent(/3DES and SHA-1 are weak/);
  });
  await waitFor(() =>
    expect(rest.createCredential).toHaveBeenCalledWith({ body: expect.objectContaining({ legacy_algorithms: true }) }),
  );
});

test("a SCEP credential whose challenges a service checks has no secret to copy", async () => {
  const made = { ...CREDENTIAL, protocol: "scep", validator: "intune", challenge: null };
  vi.mocked(rest.createCredential).mockResolvedValue({ data: made } as never);
  await page("scep");
  const dialog = await create("Create SCEP challenge", (form) =>
    userEvent.type(within(form).getByLabelText(/^Challenge validator/), "intune"),
  );
  await waitFor(() =>
    expect(rest.createCredential).toHaveBeenCalledWith({ body: expect.objectContaining({ validator: "intune" }) }),
  );
  expect(await within(dialog).findByText(/Replace SECRET/)).toBeVisible();
  expect(within(dialog).queryByText("Copy the secret now. It is shown only once.")).toBeNull();
  expect(within(dialog).queryByRole("button", { name: "I saved the secret" })).toBeNull();
});

test("without an EAB key, the configuration has placeholders and says what to do next", async () => {
  await page("acme");
  await userEvent.click(await screen.findByRole("button", { name: "Show configuration" }));
  const dialog = await screen.findByRole("dialog", { name: "Show configuration" });
  expect(await within(dialog).findByText(/^certbot c2 tls-server www\.example\.com/)).toBeVisible();
  expect(within(dialog).getByText(/KEY_ID and HMAC_KEY are placeholders. Create an EAB key/)).toBeVisible();
  expect(within(dialog).queryByText(/Replace HMAC_KEY/)).toBeNull();
  expect(vi.mocked(rest.getRecipes).mock.calls.every(([options]) => !("key" in options.query))).toBe(true);
});

test("the configuration is offered only for ACME, to who can create keys", async () => {
  await page("est");
  expect(await screen.findByText("No EST credentials yet")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show configuration" })).toBeNull();
  cleanup();
  vi.mocked(useMay).mockReturnValue(false);
  await page("acme");
  expect(await screen.findByText("No EAB keys yet")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show configuration" })).toBeNull();
});
