import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();

beforeAll(async () => {
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const sans = ["DNS:shop.example.test", "DNS:orders.example.test"];
  await setting.installation().call("POST", "/certificates", { ca: "Issuing CA", profile: "tls-server", csr, sans });
});

async function type(page: Page, text: string, title = "Search and commands"): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: title }).fill(text);
}

const theme = (page: Page) => page.evaluate(() => document.documentElement.classList.contains("dark"));
const language = (page: Page) => page.evaluate(() => document.documentElement.lang);

test("the palette changes the theme by its name, and the choice lasts", async () => {
  const { page } = await setting.signedIn({ colorScheme: "light" });
  await type(page, "dark");
  await page.getByRole("option", { name: "Theme: Dark" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Enter");
  expect(await theme(page)).toBe(true);
  await page.reload();
  expect(await theme(page)).toBe(true);
});

test("the palette changes the language and back, by its own name or by the English one", async () => {
  const { page } = await setting.signedIn();
  await type(page, "german");
  await page.getByRole("option", { name: "Language: Deutsch" }).click();
  await page.getByRole("link", { name: "Zertifizierungsstellen", exact: true }).waitFor();
  expect(await language(page)).toBe("de");
  await type(page, "english", "Suche und Befehle");
  await page.getByRole("option", { name: "Sprache: English" }).click();
  await page.getByRole("link", { name: "Certificate authorities", exact: true }).waitFor();
  expect(await language(page)).toBe("en");
});

test("the language chosen in the menu of the account is on every page and remains after loading anew", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await page.getByRole("button", { name: /Administrator/ }).click();
  await page.getByRole("menuitemcheckbox", { name: "Deutsch" }).click();
  await page.keyboard.press("Escape");
  for (const [path, heading] of [
    ["/cas", "Zertifizierungsstellen"],
    ["/jobs", "Jobs"],
    ["/tools", "Werkzeuge"],
    ["/certificates/bulk", "Massenvorgänge"],
    ["/cas/import", "CA importieren"],
  ] as const) {
    await visitor.go(path);
    await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  }
  await page.reload();
  await page.getByRole("heading", { name: "Anmelden" }).waitFor();
});

test("the palette leads to where certificates are revoked", async () => {
  const { page } = await setting.signedIn();
  await type(page, "revoke");
  await page.getByRole("option", { name: /^Revoke certificates/ }).click();
  await page.getByRole("heading", { level: 1, name: "Certificates" }).waitFor();
  expect(new URL(page.url()).searchParams.get("state")).toBe("valid");
});

test("who cannot revoke is not offered it", async () => {
  const { page } = await setting.signedIn({}, "auditor");
  await type(page, "revoke");
  await page.getByText("No results").waitFor();
});

test("a certificate found by another of its names says which", async () => {
  const { page } = await setting.signedIn();
  await type(page, "orders.example");
  await page.getByRole("option", { name: /shop\.example\.test Also valid for orders\.example\.test/ }).waitFor();
  await page.keyboard.press("Escape");
  await type(page, "shop.example");
  await page.getByRole("option", { name: /shop\.example\.test/ }).waitFor();
  expect(await page.getByText("Also valid for").count()).toBe(0);
});
