import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const setting = openSetting(async () => ({ PKIM_SCEP_ENABLED: "false" }));
const PHONE = { viewport: { width: 390, height: 844 } };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pkim-enroll-"));
  setting.installation().pkim("ca", "chain", "Root CA", "--out", join(folder, "root.pem"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs what the page says to paste; its output. */
function paste(script: string): string {
  return execFileSync("bash", ["-euo", "pipefail", "-c", script], { cwd: folder, encoding: "utf-8", timeout: 120_000 });
}

/** Creates a credential by the form, and returns the text of the page for one client. */
async function create(page: Page, button: string, name: string, client: string): Promise<string> {
  await page.getByRole("button", { name: button }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel(/^Permitted names/).fill("DNS:devices.example.test");
  await dialog.getByRole("button", { name: button }).click();
  await dialog.getByRole("heading", { name: `Copy the secret of ${name}` }).waitFor();
  return (await dialog.getByRole("figure").filter({ hasText: client }).last().locator("pre").textContent()) ?? "";
}

async function issuedNames(): Promise<string[]> {
  const found = await setting
    .installation()
    .call<{ items: { sans: string[] }[] }>("GET", "/certificates?query=devices.example.test");
  return found.items.flatMap((one) => one.sans);
}

test("an EST credential is created in the browser, and the pasted commands enroll with it", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "erin", "administrator");
  const { page } = visitor;
  await visitor.go("/enrollment?protocol=est");
  const script = await create(page, "Create EST credential", "Branch routers", "curl, OpenSSL");
  const dialog = page.getByRole("dialog");
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  expect(paste(script)).toContain("device.pem: OK");
  expect(await issuedNames()).toContain("DNS:device1.devices.example.test");

  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Leave page" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: "I saved the secret" }).click();
  const row = page.getByRole("row").filter({ hasText: "Branch routers" });
  await row.getByText("Active").waitFor();
  await row.getByRole("button", { name: "Configure clients of Branch routers" }).press("Enter");
  await dialog.getByText(/:SECRET/).waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");

  await row.getByRole("button", { name: "Revoke Branch routers" }).click();
  await page.getByRole("button", { name: "Revoke credential" }).click();
  await row.getByText("Revoked").waitFor();
  expect(() => paste(script)).toThrow(/401/);
});

test("the pasted commands enroll with a CMP secret, and renew", async () => {
  const visitor = await setting.signedIn();
  await visitor.go("/enrollment?protocol=cmp");
  const script = await create(visitor.page, "Create CMP secret", "Assembly line", "OpenSSL");
  paste(script);
  const subject = paste("openssl x509 -in next.pem -noout -subject");
  expect(subject).toContain("device1.devices.example.test");
  await visitor.page.getByRole("button", { name: "I saved the secret" }).click();
});

test("the ACME tab lists EAB keys with the URL of their directory, also at the former address", async () => {
  const key = { name: "Web servers", cas: ["Issuing CA"], profiles: ["tls-server"], expires: "P90D" };
  await setting.installation().call("POST", "/acme/eab-keys", key);
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/acme-accounts");
  await page.waitForURL(/\/enrollment\?protocol=acme/);
  const row = page.getByRole("table", { name: "EAB keys" }).getByRole("row").filter({ hasText: "Web servers" });
  await row.getByRole("button", { name: /^Copy https:/ }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^https:\/\/.*\/acme\/Issuing%20CA\/tls-server\/directory$/);
  await page.getByText("No ACME accounts yet").waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
});

test("the configuration of ACME clients is that of pkim recipe, has the HMAC key, and is copied by keyboard on a phone", async () => {
  const visitor = await setting.signedIn(PHONE);
  const { page } = visitor;
  await visitor.go("/enrollment?protocol=acme");
  const script = await create(page, "Create EAB key", "Proxies", "certbot");
  const dialog = page.getByRole("dialog");
  const shown = async (label: string) =>
    (await dialog.getByRole("figure").filter({ hasText: label }).last().locator("pre").textContent()) ?? "";
  const [key, hmac] = [await shown("Key ID (kid)"), await shown("HMAC key")];
  const recipe = (client: string, host: string) => {
    const values = ["--ca", "Issuing CA", "--profile", "tls-server", "--key", key, "--host", host, "--output", "json"];
    const { text, prepare } = JSON.parse(setting.installation().pkim("recipe", client, ...values));
    return { prepare, text: text.replaceAll("HMAC_KEY", hmac) };
  };
  const expected = recipe("certbot", "www.devices.example.test");
  expect(script).toBe(expected.text);
  expect(script).toContain(`--eab-kid ${key} --eab-hmac-key=${hmac}`);
  expect(await shown("Verify and trust the root certificate")).toBe(expected.prepare);

  await dialog.getByLabel("Client", { exact: true }).focus();
  await page.keyboard.type("nginx");
  await page.keyboard.press("Tab");
  await page.keyboard.type("proxy.devices.example.test"); // Tab has selected the former host name.
  const nginx = dialog.getByRole("figure").filter({ hasText: "server_name proxy.devices.example.test" });
  await nginx.getByRole("button", { name: "Copy nginx" }).press("Enter");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(recipe("nginx", "proxy.devices.example.test").text);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await visitor.settled();
  expect(await violations(page)).toEqual([]);

  await dialog.getByLabel("Host name").fill("a b");
  await dialog.getByText(/^Enter a host name/).waitFor();
  expect(await nginx.evaluate((figure) => figure.closest("[inert]") !== null)).toBe(true);
  await dialog.getByRole("button", { name: "I saved the secret" }).click();
});

test("a protocol that is switched off says so, and a reader can create and revoke nothing", async () => {
  await setting.installation().call("POST", "/credentials", {
    protocol: "cmp",
    name: "Robots",
    ca: "Issuing CA",
    profile: "tls-server",
    expires: "P90D",
    devices: ["SN-1, one.example.test"],
  });
  const administrator = await setting.signedIn();
  await administrator.go("/enrollment?protocol=scep");
  await administrator.page.getByText(/SCEP is switched off on this server.*scep_enabled/).waitFor();
  expect(await administrator.page.getByRole("button", { name: /^Create/ }).count()).toBe(0);
  const auditor = await setting.signedIn(PHONE, "auditor");
  const { page } = auditor;
  await auditor.go("/enrollment?protocol=cmp");
  await page.getByRole("tab", { name: "CMP" }).waitFor();
  await auditor.settled();
  expect(await page.getByRole("button", { name: /^(Create|Revoke)/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Configure clients of Robots" }).click();
  await page.getByText("one.example.test, sn-1").waitFor();
  await auditor.settled();
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
});

test("the tabs of the protocols are chosen by keyboard, and stay in the address", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/enrollment");
  await page.getByRole("tab", { name: "ACME" }).focus();
  for (const protocol of ["est", "scep", "cmp"]) {
    await page.keyboard.press("ArrowRight");
    await page.waitForURL((url) => url.searchParams.get("protocol") === protocol);
    await visitor.settled();
    expect(await violations(page), protocol).toEqual([]);
  }
});
