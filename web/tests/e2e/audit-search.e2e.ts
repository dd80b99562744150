import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();
const SOON = 30 * 86_400_000;

async function revokeOne(): Promise<void> {
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const body = { ca: "Issuing CA", profile: "tls-server", csr, sans: ["DNS:found.example.test"] };
  const { id } = await setting.installation().call("POST", "/certificates", body);
  await setting.installation().call("POST", `/certificates/${id}/revoke`, { reason: "superseded" });
}

test("the audit page finds what its table shows, and explains an empty result", async () => {
  await revokeOne();
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/audit");
  const search = page.getByRole("searchbox");
  for (const text of ["Certificate revoked", "revoked", "certificate administrator", "succeeded revoked"]) {
    await search.fill(text);
    await page.waitForURL((url) => url.searchParams.get("query") === text);
    await visitor.settled();
    await page.getByRole("button", { name: "Certificate revoked", exact: true }).first().waitFor();
    await page.getByRole("button", { name: "CA created" }).first().waitFor({ state: "detached" });
  }
  await search.fill("certificate nobody");
  await page.getByText("No results").waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Clear filters" }).press("Enter");
  await page.getByRole("button", { name: "Certificate revoked", exact: true }).first().waitFor();
});

test("the timeline of a CA shows the rotation that is pending", async () => {
  const switch_at = new Date(Date.now() + SOON).toISOString();
  await setting.installation().call("POST", "/cas/Issuing CA/rotate", { switch_at });
  const cas = await setting.installation().call<{ items: { id: string; name: string }[] }>("GET", "/cas");
  const issuing = cas.items.find((ca) => ca.name === "Issuing CA");
  const visitor = await setting.signedIn();
  await visitor.go(`/cas/${issuing?.id}?tab=timeline`);
  const planned = visitor.page.getByRole("listitem").filter({ hasText: "Key 2 becomes current" });
  await planned.getByText("Scheduled").waitFor();
  await visitor.settled();
  expect(await violations(visitor.page)).toEqual([]);
});
