import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { issue } from "./furnish";
import { openSetting } from "./setting";

const setting = openSetting();

test("what is no token is refused in place, what is an unknown one by the server", async () => {
  const { page } = await setting.arrive();
  await page.goto(setting.installation().url);
  await page.getByRole("button", { name: "Use an API token instead" }).click();
  await page.getByLabel("API token").fill("nonsense");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("An API token starts with pkim_").waitFor();
  await page.getByLabel("API token").fill(`pkim_${"a".repeat(43)}`);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("The token is unknown").waitFor();
});

test("a wrong password is told in place, and the name that was typed stays", async () => {
  const { page } = await setting.arrive();
  await page.goto(setting.installation().url);
  await page.getByLabel("Username").fill("nobody");
  await page.getByLabel("Password", { exact: true }).fill("not the right one");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("Wrong username or password").waitFor();
  expect(await page.getByLabel("Username").inputValue()).toBe("nobody");
});

test("a one-time link leads to a password, which signs in from then on", async () => {
  const installation = setting.installation();
  const made = installation.pkim(
    "user",
    "create",
    "--login",
    "ada",
    "--display-name",
    "Ada",
    "--role",
    "auditor",
    "--output",
    "json",
  );
  const { page } = await setting.arrive();
  const link = new URL(JSON.parse(made).sign_in_url);
  await page.goto(installation.url + link.pathname + link.hash);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByText("Use 12 or more characters").waitFor();
  await page.getByLabel("Password", { exact: true }).fill("a lighthouse for ada");
  await page.getByLabel("Repeat password").fill("a lighthouse for ada");
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  await page.getByRole("button", { name: /Auditor/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Password", { exact: true }).fill("a lighthouse for ada");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
});

test("a certificate is issued for a key of this browser, renewed, and revoked by its name", async () => {
  const { page } = await setting.signedIn();
  await page.getByRole("link", { name: "Issue certificate" }).click();
  await page.getByLabel("Names").fill("www.journey.test");
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByText("Save the private key now.").waitFor();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save private key" }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe("www.journey.test.key");
  expect(readFileSync(await saved.path(), "utf-8")).toContain("-----BEGIN PRIVATE KEY-----");
  await page.getByRole("link", { name: "Open" }).click();
  await page.getByRole("heading", { name: "www.journey.test" }).waitFor();
  await page.getByRole("button", { name: "Renew" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Renew" }).click();
  await page.getByText("Renews an older certificate").waitFor();
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  const revoke = page.getByRole("dialog").getByRole("button", { name: "Revoke" });
  expect(await revoke.isDisabled()).toBe(true);
  await page.getByRole("dialog").getByLabel("Reason").selectOption("keyCompromise");
  await page.getByLabel("Type www.journey.test to confirm").fill("www.journey.test");
  await revoke.click();
  await page.getByText("Revoked: key compromise").first().waitFor();
});

test("what the server refuses stands at its field, and nothing that was typed is lost", async () => {
  const { page } = await setting.signedIn();
  await page.getByRole("link", { name: "Issue certificate" }).click();
  await page.getByLabel("Names").fill("not a host!");
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.locator("[aria-invalid=true], [role=alert]").first().waitFor();
  expect(await page.getByLabel("Names").inputValue()).toBe("not a host!");
});

test("a certificate is found by its serial number, opened, held and released by keyboard", async () => {
  const [{ serial_number: serial }] = setting.installation().list("cert", "list", "--query", "localhost");
  const { page } = await setting.signedIn();
  await page.route(/\.js$/, async (route) => {
    await pause(1000); // on a slow network, what is typed at once is searched for as well
    await route.continue();
  });
  await page.keyboard.press("Control+k");
  await page.keyboard.type(serial.toUpperCase());
  await page.getByRole("option", { name: /localhost/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "localhost" }).waitFor();
  await page.getByRole("button", { name: "More actions" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("[role=menuitem]:focus").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.locator("[role=menuitem]:focus", { hasText: "Put on hold" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Put on hold" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("On hold").first().waitFor();
  await page.getByRole("button", { name: "Undo" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Valid", { exact: true }).first().waitFor();
});

test("an authority is created below the root, suspended and resumed", async () => {
  const { page } = await setting.signedIn();
  await page.getByRole("link", { name: "Certificate authorities" }).first().click();
  await page.getByRole("link", { name: "Create CA" }).click();
  await page.getByRole("button", { name: "Create CA" }).click();
  await page.getByText("Enter a name.").first().waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Journey CA");
  await page.getByLabel("Parent CA").selectOption({ label: "Root CA" });
  await page.getByLabel("Path length").fill("0");
  await page.getByRole("button", { name: "Create CA" }).click();
  await page.getByRole("heading", { name: "Journey CA" }).waitFor();
  for (const [verb, state] of [
    ["Suspend", "Suspended"],
    ["Resume", "Active"],
  ] as const) {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: verb }).click();
    await page.getByRole("dialog").getByRole("button", { name: verb }).click();
    await page.getByText(state, { exact: true }).first().waitFor();
  }
});

test("the rows of a list are walked with j and k, selected with x, and saved as CSV", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/certificates");
  await page.locator("[data-row] a").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.locator("[data-row]").first().locator(":focus").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.locator("[data-row]").first().locator(":focus").waitFor();
  await page.keyboard.press("x");
  await page.getByText("1 selected").waitFor();
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  expect(readFileSync(await saved.path(), "utf-8").split("\r\n")).toHaveLength(3);
  await page.keyboard.press("Enter");
});

test("filters live in the address: whoever opens it sees the same list", async () => {
  const visitor = await setting.signedIn();
  await visitor.go("/certificates?state=expired&query=nothing-of-the-kind");
  await visitor.page.getByText("No results").waitFor();
  await visitor.page.getByRole("button", { name: "Clear filters" }).click();
  await visitor.page.getByRole("link", { name: "Issuing CA" }).first().waitFor();
});

test("the trail is verified on demand, and says what it has checked", async () => {
  const visitor = await setting.signedIn();
  await visitor.go("/audit");
  await visitor.page.getByRole("button", { name: "Verify" }).click();
  await visitor.page.getByText("The audit log is intact").waitFor();
});

test("a token is shown once; revoked, its owner is sent to the door", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/tokens");
  await page.getByRole("button", { name: "Create API token" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("short of life");
  await page.getByLabel("Role").selectOption("auditor");
  await page.getByRole("dialog").getByRole("button", { name: "Create API token" }).click();
  const token = await page.getByRole("dialog").locator("pre").textContent();
  await page.getByRole("button", { name: "I saved the token" }).click();
  const other = await setting.arrive();
  await other.signIn(token?.trim() ?? "");
  await page
    .getByRole("row", { name: /short of life/ })
    .getByRole("button", { name: "Revoke" })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await other.go("/audit");
  await other.page.getByText("You have been signed out").waitFor();
});

test("who may only read sees no verb that changes anything", async () => {
  const visitor = await setting.signedIn({}, "auditor");
  const { page } = visitor;
  await visitor.go("/certificates");
  expect(await page.getByRole("link", { name: "Issue certificate" }).count()).toBe(0);
  await visitor.go("/cas");
  expect(await page.getByRole("link", { name: "Create CA" }).count()).toBe(0);
});

test("a certificate is decoded, and verified against our own roots", async () => {
  const installation = setting.installation();
  const [{ id }] = installation.list("cert", "list", "--query", "localhost");
  const chain = installation.pkim("cert", "export", id, "--format", "fullchain", "--out", "-");
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/tools");
  await page.getByLabel("Input").fill("not a certificate");
  await page.getByRole("button", { name: "Decode" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Input").fill(chain);
  await page.getByRole("button", { name: "Decode" }).click();
  await page.getByText("Only for: TLS servers").waitFor();
  await visitor.go("/tools?tool=verify");
  await page.getByLabel("Certificate", { exact: true }).fill(chain);
  await page.getByLabel("Name", { exact: false }).last().fill("localhost");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("Trusted", { exact: true }).waitFor();
});

test("a bar of a chart leads to the list that it counts, and the list can be widened again", async () => {
  const { page } = await setting.signedIn();
  await page.getByRole("heading", { name: "Issued, last 30 days" }).waitFor();
  expect(await violations(page)).toEqual([]);
  const barOf = (chart: string) =>
    page
      .locator("section", { hasText: chart })
      .getByRole("link", { name: /^\d+ \w+ \d{4}: \d+$/ })
      .last();
  await barOf("Issued, last 30 days").click();
  await page.waitForURL(/issued_from=.*issued_before=/);
  await page.getByRole("link", { name: "Root CA" }).first().waitFor();
  await page.getByRole("button", { name: "Remove filter Issued" }).click();
  await page.waitForURL((url) => url.search === "");
  const revoked = `gone-${Date.now()}.example.test`;
  const made = await issue(setting.installation(), revoked);
  await setting.installation().call("POST", `/certificates/${made.id}/revoke`, { reason: "superseded" });
  await page.getByRole("link", { name: "Dashboard" }).click();
  await barOf("Revoked, last 30 days").click();
  await page.waitForURL(/revoked_from=.*revoked_before=/);
  await page.getByRole("link", { name: revoked }).waitFor();
  expect(await page.getByRole("link", { name: "Root CA" }).count()).toBe(0);
});

test("a key is compared with requests and never leaves the browser", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  const [mine, other] = await Promise.all([makeBrowserKey("ECDSA-P256"), makeBrowserKey("ECDSA-P384")]);
  await visitor.go("/tools?tool=compare");
  const compare = page.getByRole("button", { name: "Compare" });
  await page.getByLabel("Private key").fill(mine.csr);
  await page.getByLabel("Certificate or request").fill(mine.csr + other.csr);
  await compare.click();
  await page.getByText("The input does not contain a PEM private key.").waitFor();
  await page.getByLabel("Private key").fill(mine.privateKey);
  await compare.click();
  await page.getByText("Same key").waitFor();
  await page.getByText("Another key").waitFor();
  expect(sent.some((body) => body.includes("CERTIFICATE REQUEST"))).toBe(true);
  expect(sent.filter((body) => body.includes("PRIVATE KEY"))).toEqual([]);
});
