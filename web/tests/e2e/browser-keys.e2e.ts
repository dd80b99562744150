import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { Keys } from "./keys";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const setting = openSetting();

async function save(page: Page, button = "Save private key"): Promise<{ name: string; text: string }> {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return { name: saved.suggestedFilename(), text: readFileSync(await saved.path(), "utf-8") };
}

async function issue(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name: "Issue certificate" }).first().click();
  await page.getByLabel("Names").fill(name);
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByText("Save the private key now.").waitFor();
}

test("leaving with an unsaved key asks: by link, back button, reload and sign-out", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await issue(page, "unsaved.example.test");
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  const dialog = page.getByRole("dialog", { name: "Leave without saving the private key?" });

  await page.getByRole("link", { name: "Certificate authorities" }).first().click();
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Save the private key now.").waitFor();

  await page.goBack();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Save the private key now.").waitFor();

  const asked: string[] = [];
  page.on("dialog", (question) => {
    asked.push(question.type());
    void question.dismiss();
  });
  await page.reload({ timeout: 3_000 }).catch(() => undefined);
  expect(asked).toEqual(["beforeunload"]);
  await page.getByText("Save the private key now.").waitFor();

  await page.getByRole("button", { name: /Administrator/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("link", { name: "Certificate authorities" }).first().click();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Save key and leave" }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe("unsaved.example.test.key");
  await page.getByRole("heading", { name: "Certificate authorities" }).waitFor();
});

test("after saving the page says so, and leaving asks nothing; by keyboard alone", async () => {
  const { page } = await setting.signedIn();
  const keys = new Keys(page);
  await keys.press(page.getByRole("link", { name: "Issue certificate" }).first());
  await keys.fill(page.getByLabel("Names"), "saved.example.test");
  await keys.press(page.getByRole("button", { name: "Issue certificate" }));
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    keys.press(page.getByRole("button", { name: "Save private key" })),
  ]);
  expect(saved.suggestedFilename()).toBe("saved.example.test.key");
  await page.getByText("Private key saved as saved.example.test.key.").waitFor();
  await keys.press(page.getByRole("link", { name: "Open" }));
  await page.getByRole("heading", { name: "saved.example.test" }).waitFor();
});

test("a key whose request waits for approval is saved first, with the request's ID in its name", async () => {
  const installation = setting.installation();
  const rules = [{ name: "two people", operation: "certificate.issue", profiles: ["tls-client"], needed: 1 }];
  await installation.call("PUT", "/approvals/rules", { version: 0, rules });
  const visitor = await signInAs(setting.arrive, installation, "rosa", "administrator");
  const { page } = visitor;
  await visitor.go("/certificates/new");
  await page.getByLabel("Profile").selectOption("tls-client");
  await page.getByLabel("Names").fill("waits.example.test");
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByRole("heading", { name: "Waiting for approval" }).waitFor();
  await page.getByRole("link", { name: "View the approval" }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving the private key?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  const { name, text } = await save(page);
  expect(text).toContain("-----BEGIN PRIVATE KEY-----");
  await page.getByRole("link", { name: "View the approval" }).click();
  await page.waitForURL(/\/requests\//);
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  expect(name).toBe(`waits.example.test-${id}.key`);
  await installation.call("POST", `/requests/${id}/approve`, {
    plan_sha256: (await installation.call<{ plan_sha256: string }>("GET", `/requests/${id}`)).plan_sha256,
  });
  await page.getByRole("link", { name: "Show certificate" }).click();
  await page.getByRole("tab", { name: "Install" }).click();
  await page.getByText(/waits.example.test-REQUEST_ID.key/).waitFor();
});

test("a requester generates the key in the browser, and leaves when it is saved", async () => {
  const visitor = await setting.signedIn({}, "requester");
  const { page } = visitor;
  await visitor.go("/requests/new");
  await page.getByLabel("Names").fill("asked.example.test");
  await page.getByRole("button", { name: "Request certificate" }).click();
  await page.getByRole("heading", { name: "Certificate request submitted" }).waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Show the request" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  const { name } = await save(page);
  await page.getByRole("link", { name: "Show the request" }).click();
  await page.getByRole("heading", { name: "asked.example.test" }).waitFor();
  expect(name).toBe(`asked.example.test-${new URL(page.url()).pathname.split("/").at(-1)}.key`);
});

test("a PKCS #12 file that the server returns once is asked for like a key", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/certificates/new");
  await page.getByText("Generated on the server").click();
  await page.getByLabel(/File passphrase/).fill("a lighthouse in fog");
  await page.getByLabel("Names").fill("file.example.test");
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByRole("button", { name: "Issue another" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  expect((await save(page, "Save PKCS #12 file")).name).toBe("file.example.test.p12");
  await page.getByRole("button", { name: "Issue another" }).click();
  await page.getByLabel("Names").waitFor();
});
