import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { openSetting } from "./setting";

const setting = openSetting();
const LISTS = [
  "certificates",
  "audit",
  "approvals",
  "requests",
  "jobs",
  "people",
  "tokens",
  "profiles",
  "acme-accounts",
];
const CA = "Example Department of Long Names and Longer Titles Issuing CA 1";
const HOST = [..."abc"].map((letter) => letter.repeat(63)).join(".");

beforeAll(async () => {
  const installation = setting.installation();
  const subject = `CN=${CA},O=Example`;
  await installation.call("POST", "/cas", { name: CA, subject, parent: "Root CA", key_type: "ECDSA-P256" });
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const sans = [`DNS:${HOST}`];
  await installation.call("POST", "/certificates", { ca: CA, profile: "tls-server", csr, sans });
});

/** By how many pixels the page is wider than the window. */
const excess = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test("a list page ignores URL parameters that it does not know", async () => {
  const visitor = await setting.signedIn();
  for (const list of LISTS) {
    await visitor.go(`/${list}?utm_source=slack`);
    await visitor.settled();
    await visitor.page.getByRole("heading", { level: 1 }).waitFor();
    expect(await visitor.page.getByText("utm_source").count(), list).toBe(0);
    expect(await visitor.page.getByRole("alert").count(), list).toBe(0);
  }
});

test("the dashboard fits a window of 320 pixels", async () => {
  const visitor = await setting.signedIn({ viewport: { width: 320, height: 640 } });
  await visitor.go("/");
  await visitor.settled();
  expect(await excess(visitor.page)).toBeLessThanOrEqual(0);
});
