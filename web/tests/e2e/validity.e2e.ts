import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();
const DAY = 86_400_000;

/** A certificate that is valid for longer than its profile's default. */
async function issueLong(host: string): Promise<{ id: string; not_after: string }> {
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const body = { ca: "Issuing CA", profile: "tls-server", csr, sans: [`DNS:${host}`], validity: "P180D" };
  return setting.installation().call("POST", "/certificates", body);
}

test("end-entity certificates are offered from issuing CAs only, with their exact dates before the click and after", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/certificates/new");
  const offered = await page.getByLabel("CA", { exact: true }).locator("option").allTextContents();
  expect(offered).toEqual(["Issuing CA"]);
  await page.getByLabel("Names").fill("dates.example.test");
  const preview = page.getByRole("complementary", { name: "Summary" });
  await page.getByLabel("Valid for").selectOption({ label: "30 days" });
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  const planned = await preview.locator("time").last().getAttribute("datetime");
  expect(Math.abs(Date.parse(planned ?? "") - Date.now() - 30 * DAY)).toBeLessThan(DAY);
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByRole("button", { name: "Save private key" }).click();
  const issued = await page.locator("time").last().getAttribute("datetime");
  expect(Math.abs(Date.parse(planned ?? "") - Date.parse(issued ?? ""))).toBeLessThan(DAY);
});

test("a renewal that would expire earlier needs consent, or the longer validity period that the profile allows", async () => {
  const long = await issueLong("long.example.test");
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go(`/certificates/${long.id}`);
  await page.getByRole("button", { name: "Renew" }).click();
  const dialog = page.getByRole("dialog");
  const renew = dialog.getByRole("button", { name: "Renew", exact: true });
  await dialog.getByText(/expires \d+ days before the current one/).waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  expect(await renew.isDisabled()).toBe(true);
  await dialog.getByLabel("Renew although the new certificate expires earlier").check();
  expect(await renew.isDisabled()).toBe(false);
  await dialog.getByLabel("Renew although the new certificate expires earlier").uncheck();
  await dialog.getByLabel("Valid for").selectOption("P180D");
  await dialog.getByText(/before the current one/).waitFor({ state: "detached" });
  await renew.click();
  await page.getByText(/Certificate renewed, valid until/).waitFor();
  await page.getByText("Renews an older certificate").waitFor();
  const newer = await setting
    .installation()
    .call<{ not_after: string }>("GET", page.url().replace(/.*\/certificates/, "/certificates"));
  expect(Date.parse(newer.not_after)).toBeGreaterThanOrEqual(Date.parse(long.not_after));
});

test("a new key for a certificate does not shorten it silently either", async () => {
  const long = await issueLong("rekeyed.example.test");
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go(`/certificates/new?rekeys=${long.id}`);
  await page.getByText(/expires \d+ days before the current one/).waitFor();
  expect(await page.getByRole("button", { name: "Issue certificate" }).isDisabled()).toBe(true);
  await page.getByLabel("Valid for").selectOption("P180D");
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByRole("button", { name: "Save private key" }).click();
});
