import { expect, test } from "vitest";
import { violations } from "./axe";
import { ask } from "./furnish";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const setting = openSetting();

test("a rule is written, an authority waits for a second person, who approves it by keyboard, and it is carried out", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/approvals/rules");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByLabel("Required approvals").fill("none");
  await page.getByRole("button", { name: "Save rules" }).click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  await page.getByLabel("Name", { exact: true }).fill("new authorities");
  await page.getByLabel("Required approvals").fill("1");
  await page.getByRole("button", { name: "Save rules" }).click();
  await page.getByText("Version 1 ·").waitFor();
  expect(await violations(page)).toEqual([]);

  await visitor.go("/cas/new");
  await page.getByRole("heading", { name: "Create CA" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Waiting CA");
  await page.getByLabel("Parent CA").selectOption({ label: "Root CA" });
  await page.getByRole("button", { name: "Create CA" }).click();
  await page.getByRole("link", { name: "View the approval" }).click();
  await page.getByRole("heading", { name: "Create a CA: Waiting CA" }).waitFor();
  expect(await page.getByRole("button", { name: "Approve", exact: true }).count()).toBe(0);
  const address = new URL(page.url()).pathname;

  const other = await signInAs(setting.arrive, setting.installation(), "grace", "administrator");
  await other.go("/");
  await other.page.getByText("1 operation waits for your approval").waitFor();
  await other.page.getByRole("link", { name: /Review: 1 operation waits/ }).click();
  await other.page.getByRole("link", { name: "Create a CA" }).waitFor();
  await other.page.keyboard.press("j");
  await other.page.locator("[data-row] :focus").waitFor();
  await other.page.keyboard.press("Enter");
  await other.page.getByRole("button", { name: "Approve", exact: true }).waitFor();
  expect(await violations(other.page)).toEqual([]);
  await other.page.keyboard.press("a");
  await other.page.getByRole("dialog").getByRole("button", { name: "Approve" }).focus();
  await other.page.keyboard.press("Enter");
  await other.page.getByText("Approved", { exact: true }).first().waitFor();

  await visitor.go("/cas");
  await visitor.go(address);
  await page.getByRole("button", { name: "Run operation" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run operation" }).click();
  await page.getByText("Done", { exact: true }).waitFor();
  await visitor.go("/cas");
  await page.getByRole("link", { name: /Waiting CA/ }).waitFor();
});

test("an administrator breaks the glass with the name typed and a reason; without one nothing happens", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/cas/new");
  await page.getByRole("heading", { name: "Create CA" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Night CA");
  await page.getByLabel("Parent CA").selectOption({ label: "Root CA" });
  await page.getByRole("button", { name: "Create CA" }).click();
  await page.getByRole("link", { name: "View the approval" }).click();
  await page.getByRole("button", { name: "Override" }).click();
  const dialog = page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: "Override" });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel(/^Type /).fill("Create a CA: Night CA");
  await confirm.click();
  await dialog.getByText("Enter a reason.").waitFor();
  await dialog.getByLabel("Reason").fill("Nobody answers the telephone");
  await confirm.click();
  await page.getByText("An administrator overrode the missing approvals.").waitFor();
  await page.getByRole("button", { name: "Cancel request" }).click();
  await dialog.getByRole("button", { name: "Cancel request" }).click();
  await page.getByText("Cancelled", { exact: true }).first().waitFor();
});

test("what a requester asks for is looked at, commented and approved by somebody else, and then issued", async () => {
  const installation = setting.installation();
  await ask(installation, "shop.example.test");
  const visitor = await signInAs(setting.arrive, installation, "ada", "registration-authority");
  const { page } = visitor;
  await page.getByRole("link", { name: "Requests" }).first().click();
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("menuitem", { name: "Needs my approval" }).click();
  await page.waitForURL(/show=needsMe/);
  await page.getByRole("link", { name: "shop.example.test" }).first().click();
  await page.getByText("Awaiting approval").waitFor();
  await page.getByText("No approvals yet.").waitFor();
  await page.getByLabel("Your comment").fill("Looks right.");
  await page.getByRole("button", { name: "Add comment" }).click();
  await page.locator("p", { hasText: "Looks right." }).waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await page.getByText("Issued", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Show certificate" }).click();
  await page.getByText("Valid", { exact: true }).first().waitFor();
});

test("an approver changes a request, sees what becomes of it, and leaves the approval to somebody else", async () => {
  const installation = setting.installation();
  await ask(installation, "typo.exmaple.test");
  const visitor = await signInAs(setting.arrive, installation, "edith", "registration-authority");
  const { page } = visitor;
  await visitor.go("/requests?show=needsMe");
  await page.getByRole("link", { name: "typo.exmaple.test" }).first().click();
  await page.getByRole("table", { name: "Request and certificate" }).waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("No changes yet.").waitFor();
  expect(await dialog.getByRole("button", { name: "Save changes" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Names").fill("not_a host!");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await dialog.locator("[aria-invalid=true], [role=alert]").first().waitFor();
  await dialog.getByLabel("Names").fill("typo.example.test");
  await dialog.getByRole("table", { name: "Changes" }).getByText("DNS:typo.exmaple.test").waitFor();
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("It requires new approvals.").waitFor();
  await page.getByRole("heading", { name: "typo.example.test" }).waitFor();
  expect(await page.getByRole("button", { name: "Approve", exact: true }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Edit", exact: true }).count()).toBe(1);
});

test("who asks for a key made here collects it once, as PKCS#12; without names and request nothing is asked for", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/requests/new");
  await page.getByRole("heading", { name: "Request certificate" }).waitFor();
  await page.getByLabel("Where does the private key come from?").selectOption("csr");
  await page.getByRole("button", { name: "Request certificate" }).click();
  await page.getByText("Paste the CSR or choose its file.").waitFor();
  await page.getByLabel("Where does the private key come from?").selectOption("here");
  await page.getByLabel("Names").fill("not a host!");
  await page.getByRole("button", { name: "Request certificate" }).click();
  await page.locator("[aria-invalid=true], [role=alert]").first().waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Names").fill("collected.example.test");
  await page.getByRole("button", { name: "Request certificate" }).click();
  await page.getByRole("button", { name: "Collect key and certificate" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("File passphrase").fill("short");
  await dialog.getByRole("button", { name: "Generate and save" }).click();
  await dialog.getByText("Use 8 to 128 printable ASCII characters.").waitFor();
  await dialog.getByLabel("File passphrase").fill("a lighthouse in fog");
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Generate and save" }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe("collected.example.test.p12");
  await page.getByText("Issued", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Collect key and certificate" }).count()).toBe(0);
});
