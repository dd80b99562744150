import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import type { Visitor } from "./browser";
import { ask } from "./furnish";
import { Keys } from "./keys";
import { openSetting } from "./setting";

const setting = openSetting();

/** Somebody new, who sets a password by the one-time link and then signs in with it, by keyboard alone. */
async function signedInByKeyboard(login: string, role: string): Promise<{ visitor: Visitor; keys: Keys }> {
  const installation = setting.installation();
  const person = ["--login", login, "--display-name", login, "--role", role, "--output", "json"];
  const link = new URL(JSON.parse(installation.pkim("user", "create", ...person)).sign_in_url);
  const password = `a lighthouse for ${login}`;
  const first = await setting.arrive();
  await first.page.goto(installation.url + link.pathname + link.hash);
  const hands = new Keys(first.page);
  await hands.fill(first.page.getByLabel("Password", { exact: true }), password);
  await hands.fill(first.page.getByLabel("Repeat password"), password);
  await hands.press(first.page.getByRole("button", { name: "Set password and sign in" }));
  await first.page.getByRole("heading", { name: "First steps" }).waitFor();

  const visitor = await setting.arrive();
  const { page } = visitor;
  const keys = new Keys(page);
  await page.goto(installation.url);
  await keys.fill(page.getByLabel("Username"), login);
  await keys.fill(page.getByLabel("Password", { exact: true }), password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  return { visitor, keys };
}

test("by keyboard alone: in at the door, a certificate by a pasted request, and its revocation with the name typed", async () => {
  const { visitor, keys } = await signedInByKeyboard("kit", "administrator");
  const { page } = visitor;
  await keys.press(page.getByRole("link", { name: "Issue certificate" }));
  await page.getByRole("heading", { name: "Issue certificate" }).waitFor();
  await keys.tabTo(page.getByRole("radio", { name: /Generated in this browser/ }));
  await page.keyboard.press("ArrowDown");
  expect(await page.getByRole("radio", { name: /Existing CSR/ }).isChecked()).toBe(true);
  const { csr } = await makeBrowserKey("ECDSA-P256");
  await keys.paste(page.getByLabel("Certificate signing request"), csr);
  await keys.tabTo(page.getByLabel("Choose file"));
  await keys.fill(page.getByLabel("Names"), "keys.example.test");
  await keys.press(page.getByRole("button", { name: "Issue certificate" }));
  await keys.press(page.getByRole("link", { name: "Open" }));
  await page.getByRole("heading", { name: "keys.example.test" }).waitFor();

  await keys.choose(page.getByRole("button", { name: "More actions" }), page.getByRole("menuitem", { name: "Revoke" }));
  const dialog = page.getByRole("dialog");
  await keys.tabTo(dialog.getByLabel("Reason"));
  await page.keyboard.type("Key comp");
  await keys.fill(dialog.getByLabel("Type keys.example.test to confirm"), "keys.example.test");
  await keys.press(dialog.getByRole("button", { name: "Revoke" }));
  await page.getByText("Revoked: key compromise").first().waitFor();
});

test("by keyboard alone: a request is found in the queue, read and approved", async () => {
  await ask(setting.installation(), "approve-me.example.test");
  const { visitor, keys } = await signedInByKeyboard("nell", "registration-authority");
  const { page } = visitor;
  await keys.press(page.getByRole("link", { name: "Requests" }).first());
  await keys.choose(
    page.getByRole("button", { name: "Show" }),
    page.getByRole("menuitem", { name: "Needs my approval" }),
  );
  await page.waitForURL(/show=needsMe/);
  await keys.press(page.getByRole("link", { name: "approve-me.example.test" }).first());
  await page.getByText("No approvals yet.").waitFor();
  await keys.press(page.getByRole("button", { name: "Approve", exact: true }));
  const dialog = page.getByRole("dialog");
  await keys.press(dialog.getByRole("button", { name: "Approve" }));
  await page.getByText("Issued", { exact: true }).waitFor();
  await keys.press(page.getByRole("link", { name: "Show certificate" }));
  await page.getByText("Valid", { exact: true }).first().waitFor();
});
