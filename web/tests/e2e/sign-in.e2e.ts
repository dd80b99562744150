import { createHmac } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { violations } from "./axe";
import type { Visitor } from "./browser";
import { IdentityProvider } from "./provider";
import { openSetting } from "./setting";

const PASSWORD = "a lighthouse for ada";
const PEOPLE = {
  eve: { name: "Eve", preferred_username: "eve", groups: ["staff"] },
  mallory: { name: "Mallory", preferred_username: "mallory", groups: [] },
};
let provider: IdentityProvider;
const setting = openSetting(async () => {
  provider = await IdentityProvider.start(PEOPLE, {
    unknown_users: "create",
    rules: [{ value: "staff", role: "auditor" }],
  });
  return { ...provider.settings, PKIM_SECOND_FACTOR_ROLES: "ca-operator" };
});
afterAll(() => provider?.stop());

/** Base32 (RFC 4648) as octets. */
function octets(text: string): Buffer {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}

/** What an authenticator shows (RFC 6238), so many steps of 30 seconds later. */
function shown(secret: string, later = 0): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const digest = createHmac("sha1", octets(secret)).update(step).digest();
  const offset = (digest[19] ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A new user who has followed the one-time link, in a browser of their own. */
async function comesIn(login: string, role: string): Promise<Visitor> {
  const words = ["user", "create", "--login", login, "--display-name", login, "--role", role, "--output", "json"];
  const link = new URL(JSON.parse(setting.installation().pkim(...words)).sign_in_url);
  const visitor = await setting.arrive();
  await visitor.page.goto(setting.installation().url + link.pathname + link.hash);
  await visitor.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await visitor.page.getByLabel("Repeat password").fill(PASSWORD);
  await visitor.page.getByRole("button", { name: "Set password and sign in" }).click();
  await visitor.page.getByRole("heading", { name: /First steps|Set up a second factor/ }).waitFor();
  return visitor;
}

async function opensAccount(page: Page, role: string): Promise<void> {
  await page.getByRole("button", { name: role }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
}

async function signsOut(page: Page, role: string): Promise<void> {
  await page.getByRole("button", { name: role }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

async function signsIn(page: Page, login: string): Promise<void> {
  await page.getByLabel("Username").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** A security key that says yes to everything, inside the browser. */
async function plugsInKey(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** On the provider's own pages. */
async function isLetIn(visitor: Visitor, login: string): Promise<void> {
  const { page } = visitor;
  await page.waitForURL(`${provider.issuer}/**`);
  await page.locator('input[name="login"]').fill(login);
  await page.locator('input[name="password"]').fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("one-time codes are set up from a picture, asked for, and a recovery code stands in for them once", async () => {
  const visitor = await comesIn("totty", "auditor");
  const { page } = visitor;
  await opensAccount(page, "Auditor");
  await page.getByRole("button", { name: "Set up an authenticator" }).click();
  const picture = page.getByRole("img", { name: "QR code of the secret" });
  await picture.waitFor();
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  const secret = (await page.getByTestId("totp-secret").textContent()) ?? "";
  await page.getByLabel("Code that the app shows").fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("The app shows another code now").waitFor();
  await page.getByLabel("Code that the app shows").fill(shown(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("On", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Make new codes" }).click();
  const codes = ((await page.locator("dialog pre, [role=dialog] pre").textContent()) ?? "").split("\n");
  expect(codes).toHaveLength(10);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("10 are left").waitFor();
  expect(await violations(page)).toEqual([]);
  await signsOut(page, "Auditor");
  await signsIn(page, "totty");
  await page.getByRole("heading", { name: "Second factor" }).waitFor();
  await page.getByLabel("Code").fill(shown(secret, 1));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  await signsOut(page, "Auditor");
  await signsIn(page, "totty");
  await page.getByLabel("Code").fill(codes[0] ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await opensAccount(page, "Auditor");
  await page.getByText("9 are left").waitFor();
});

test("a passkey is added, named anew, signs in alone, proves, and is removed", async () => {
  const visitor = await comesIn("passy", "auditor");
  const { page } = visitor;
  await plugsInKey(page);
  await opensAccount(page, "Auditor");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("button", { name: "Rename Laptop" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Key ring");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Key ring").waitFor();
  await signsOut(page, "Auditor");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  await opensAccount(page, "Auditor");
  await page.getByText("passkey", { exact: false }).first().waitFor();
  await page.getByRole("button", { name: "Remove Key ring" }).click();
  await page.getByText("Key ring").waitFor({ state: "detached" });
});

test("a session of another browser is seen and ended", async () => {
  const { page } = await comesIn("sessa", "auditor");
  const other = await setting.arrive({ userAgent: "Another browser" });
  await other.page.goto(setting.installation().url);
  await other.page.getByRole("button", { name: "Continue with Corp" }).waitFor();
  await signsIn(other.page, "sessa");
  await other.page.getByRole("heading", { name: "Dashboard" }).waitFor();
  await opensAccount(page, "Auditor");
  await page.getByText("Another browser").waitFor();
  await page.getByRole("button", { name: "Sign out there" }).click();
  await page.getByText("Another browser").waitFor({ state: "detached" });
  await page.getByText("This browser").waitFor();
  await other.page.reload();
  await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("whoever has a role that demands a second factor sets one up before anything else", async () => {
  const { page } = await comesIn("forcy", "ca-operator");
  await page.getByRole("heading", { name: "Set up a second factor" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.goto(`${setting.installation().url}/certificates`);
  await page.getByRole("heading", { name: "Set up a second factor" }).waitFor();
  await page.getByRole("button", { name: "Set up an authenticator" }).click();
  const secret = (await page.getByTestId("totp-secret").textContent()) ?? "";
  await page.getByLabel("Code that the app shows").fill(shown(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("button", { name: "Make new codes" }).click();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
});

test("somebody whom the identity provider vouches for signs in, and out there as well", async () => {
  const visitor = await setting.arrive();
  visitor.elsewhere.add(provider.issuer);
  const { page } = visitor;
  await page.goto(`${setting.installation().url}/sign-in?to=%2Faudit`);
  await page.getByRole("button", { name: "Continue with Corp" }).click();
  await isLetIn(visitor, "eve");
  await page.getByRole("heading", { name: "Audit" }).waitFor();
  expect(new URL(page.url()).search).toBe("");
  await opensAccount(page, "Auditor");
  await page.getByText("oidc:corp").waitFor();
  expect(await page.getByLabel("Present password").count()).toBe(0);
  const people = await setting.signedIn();
  await people.go("/people");
  await people.page.getByRole("row", { name: /eve/ }).getByText("corp").waitFor();
  await signsOut(page, "Auditor");
  await page.waitForURL(`${provider.issuer}/session/end**`);
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByRole("button", { name: "Continue with Corp" }).waitFor();
});

test("whoever has no group of ours is told why, with the rule, and can go back", async () => {
  const visitor = await setting.arrive();
  visitor.elsewhere.add(provider.issuer);
  const { page } = visitor;
  await page.goto(`${setting.installation().url}/sign-in`);
  await page.getByRole("button", { name: "Continue with Corp" }).click();
  await isLetIn(visitor, "mallory");
  await page.getByText("oidc.no_role").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Back to the sign-in page" }).click();
  await page.getByLabel("Username").waitFor();
});

test("an answer that nobody asked for signs nobody in", async () => {
  const { page } = await setting.arrive();
  await page.goto(`${setting.installation().url}/oidc/corp?code=12345&state=67890&iss=${provider.issuer}`);
  await page.getByText("oidc.state").waitFor();
});

test("WEB-16: after signing in nobody is sent anywhere else", async () => {
  const token = setting.installation().token("auditor");
  for (const to of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]) {
    const { page } = await setting.arrive();
    await page.goto(`${setting.installation().url}/sign-in?to=${encodeURIComponent(to)}`);
    await page.evaluate((evil) => sessionStorage.setItem("pkim.visit", JSON.stringify({ to: evil })), to);
    await page.getByRole("button", { name: "Use an API token instead" }).click();
    await page.getByLabel("API token").fill(token);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Dashboard" }).waitFor();
    expect(new URL(page.url()).origin).toBe(setting.installation().url);
  }
});
