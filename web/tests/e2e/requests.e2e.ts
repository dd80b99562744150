import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import type { Visitor } from "./browser";
import type { Installation } from "./installation";
import { openSetting } from "./setting";

const setting = openSetting();

test("what a requester asks for is looked at, commented and approved by somebody else, and then issued", async () => {
  const installation = setting.installation();
  await ask(installation, "shop.example.test");
  const visitor = await approver(installation);
  const { page } = visitor;
  await page.getByRole("link", { name: "Requests" }).first().click();
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("menuitem", { name: "Needs my approval" }).click();
  await page.waitForURL(/show=needsMe/);
  await page.getByRole("link", { name: "shop.example.test" }).first().click();
  await page.getByText("Awaiting approval").waitFor();
  await page.getByText("Nobody has approved it yet.").waitFor();
  await page.getByLabel("Your comment").fill("Looks right.");
  await page.getByRole("button", { name: "Add comment" }).click();
  await page.locator("p", { hasText: "Looks right." }).waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await page.getByText("Issued", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Show certificate" }).click();
  await page.getByText("Valid", { exact: true }).first().waitFor();
});

/** By a requester's token: it waits for an approver. */
async function ask(installation: Installation, host: string): Promise<void> {
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const answer = await fetch(`${installation.url}/api/v1/requests`, {
    method: "POST",
    headers: { Authorization: `Bearer ${installation.token("requester")}`, "Content-Type": "application/json" },
    body: JSON.stringify({ ca: "Issuing CA", profile: "tls-server", csr, sans: [`DNS:${host}`] }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A person of her own, signed in by her one-time link: nobody approves what the same person asked for. */
async function approver(installation: Installation): Promise<Visitor> {
  const person = ["--login", "grace", "--display-name", "Grace", "--role", "registration-authority"];
  const made = installation.pkim("user", "create", ...person, "--output", "json");
  const visitor = await setting.arrive();
  const { page } = visitor;
  const link = new URL(JSON.parse(made).sign_in_url);
  await page.goto(installation.url + link.pathname + link.hash);
  await page.getByLabel("Password").fill("a lighthouse for grace");
  await page.getByLabel("Once more").fill("a lighthouse for grace");
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  return visitor;
}
