import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();
const LISTS = ["certificates", "audit", "approvals", "requests", "jobs", "people", "tokens", "profiles", "enrollment"];
const CA = "Example Department of Long Names and Longer Titles Issuing CA 1";
const HOST = [..."abc"].map((letter) => letter.repeat(63)).join(".");
const PERSON = { login: "l".repeat(60), display_name: "N".repeat(90), email: `${"e".repeat(60)}@example.test` };
const PHONE = { viewport: { width: 390, height: 844 } };
let long: { id: string };

beforeAll(async () => {
  const installation = setting.installation();
  const subject = `CN=${CA},O=Example`;
  await installation.call("POST", "/cas", { name: CA, subject, parent: "Root CA", key_type: "ECDSA-P256" });
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const sans = [`DNS:${HOST}`, ...Array.from({ length: 99 }, (_, index) => `DNS:host-${index}.example.test`)];
  long = await installation.call("POST", "/certificates", { ca: CA, profile: "tls-server", csr, sans });
  await installation.call("POST", "/users", { ...PERSON, role: "requester" });
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

test("every column of the certificates can be reached by keyboard at any width of the window", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/certificates");
  for (const width of [700, 1024, 1280, 1366, 1440, 1536]) {
    await page.setViewportSize({ width, height: 800 });
    await visitor.drawn();
    const area = page.getByRole("region", { name: "Certificates" });
    if ((await area.count()) > 0) {
      await area.evaluate((element) => element.scrollTo({ left: 0 }));
      await area.focus();
      await vi.waitFor(async () => {
        await page.keyboard.press("ArrowRight");
        expect(await area.evaluate((one) => one.scrollWidth - one.clientWidth - one.scrollLeft)).toBeLessThan(2);
      }, 60_000);
    }
    const last = page.getByRole("columnheader", { name: "Serial number" });
    const box = await last.boundingBox();
    const frame = await page.getByRole("table").locator("..").boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0), `${width}`).toBeLessThanOrEqual(
      (frame?.x ?? 0) + (frame?.width ?? 0) + 2,
    );
    expect(await excess(page), `${width}`).toBeLessThanOrEqual(0);
  }
  expect(await violations(page)).toEqual([]);
});

test("long names do not make a page wider than its window", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  for (const viewport of [{ width: 1440, height: 900 }, { width: 1280, height: 800 }, PHONE.viewport]) {
    await page.setViewportSize(viewport);
    for (const path of ["", "?tab=timeline", "?tab=install", "?tab=raw"]) {
      await visitor.go(`/certificates/${long.id}${path}`);
      await visitor.settled();
      expect(await excess(page), `${path} at ${viewport.width}`).toBeLessThanOrEqual(0);
    }
    await visitor.go("/people");
    await visitor.settled();
    expect(await excess(page), `people at ${viewport.width}`).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: `Actions for ${PERSON.login}` }).click();
    await page.getByRole("menuitem", { name: "Disable" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: PERSON.display_name }).click();
    await page.getByRole("heading", { name: PERSON.display_name }).waitFor();
    await visitor.settled();
    expect(await excess(page), `person at ${viewport.width}`).toBeLessThanOrEqual(0);
  }
});

test("the page of a certificate shows who requested it by name", async () => {
  const visitor = await setting.signedIn();
  await visitor.go(`/certificates/${long.id}`);
  await visitor.page
    .getByTitle(/^token:/)
    .getByText("e2e administrator")
    .waitFor();
});

test("the dashboard fits a window of 320 pixels", async () => {
  const visitor = await setting.signedIn({ viewport: { width: 320, height: 640 } });
  await visitor.go("/");
  await visitor.settled();
  expect(await excess(visitor.page)).toBeLessThanOrEqual(0);
});
