import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();

/** Whether something else lies on top of any corner of it. */
function isCovered(one: Locator): Promise<boolean> {
  return one.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const corners = [left + 1, right - 1].flatMap((x) => [top + 1, bottom - 1].map((y) => [x, y] as const));
    return corners.some(([x, y]) => !element.contains(document.elementFromPoint(x, y)));
  });
}

test("who reads German is met in German, and finds the way to English and back", async () => {
  const { page } = await setting.arrive({ locale: "de-AT" });
  await page.goto(setting.installation().url);
  await page.getByRole("heading", { name: "Anmelden" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
  await page.getByRole("button", { name: "Sprache" }).click();
  await page.getByRole("menuitemcheckbox", { name: "English" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("the German words are fetched only by who reads them", async () => {
  const fetched = async (locale: string) => {
    const { page } = await setting.arrive({ locale });
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
    await page.goto(setting.installation().url);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return scripts.filter((path) => /\/de-[\w-]+\.js$/.test(path)).length;
  };
  expect(await fetched("en-GB")).toBe(0);
  expect(await fetched("de-DE")).toBe(1);
});

test("in German no word is too long for a phone", async () => {
  const visitor = await setting.signedIn({ viewport: { width: 360, height: 740 } });
  await visitor.page.evaluate(() => localStorage.setItem("pkim.language", "de"));
  await visitor.signIn(setting.installation().token(), "/", "de");
  for (const [name, path] of Object.entries(await allRoutes(setting.installation()))) {
    await visitor.go(path);
    const surplus = await visitor.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect({ name, surplus }).toEqual({ name, surplus: 0 });
  }
  await visitor.go("/");
  expect(await violations(visitor.page)).toEqual([]);
});

test("Ctrl-K finds by name, by number and by who asked, and opens what it found", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  const [certificate] = setting.installation().list("cert", "list", "--query", "localhost");
  for (const text of ["localhost", certificate.serial_number.toUpperCase(), certificate.fingerprint_sha256]) {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Search and commands" }).fill(text);
    await page
      .getByRole("option", { name: /Certificate · Valid/ })
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search and commands" }).fill("issuing");
  await page.getByRole("option", { name: /Issuing CA CA/ }).click();
  await page.getByRole("heading", { name: "Issuing CA" }).waitFor();
});

test("a role of one's own is made, refused without permissions, given to a user and retired", async () => {
  const installation = setting.installation();
  installation.pkim("user", "create", "--login", "rosa", "--display-name", "Rosa", "--role", "requester");
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/roles");
  await page.getByRole("button", { name: "Create role" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("watchers");
  await dialog.getByRole("button", { name: "Create role" }).click();
  await dialog.getByText("Select at least one permission.").waitFor();
  await dialog.getByLabel("certificate:read").check();
  await dialog.getByLabel("Issuing CA").check();
  await dialog.getByLabel(/^Names/).fill("nonsense");
  await dialog.getByRole("button", { name: "Create role" }).click();
  await dialog
    .getByText(/nonsense/)
    .last()
    .waitFor();
  await dialog.getByLabel(/^Names/).fill("DNS:example.com");
  await dialog.getByRole("button", { name: "Create role" }).click();
  await page.getByText("watchers saved").waitFor();
  await page.getByRole("button", { name: "Open watchers" }).click();
  await dialog.getByText("DNS:example.com").waitFor();
  await dialog.getByLabel("User", { exact: true }).selectOption({ label: "rosa" });
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByRole("button", { name: "Remove rosa" }).waitFor();
  await dialog.getByRole("button", { name: "Retire" }).click();
  await dialog.getByRole("button", { name: "Retire role" }).click();
  await page.getByText("Retired").waitFor();
});

test("a team is made, and users are taken in and out", async () => {
  setting.installation().pkim("user", "create", "--login", "tim", "--display-name", "Tim", "--role", "requester");
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/teams");
  await page.getByRole("button", { name: "Create team" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("web");
  await page.getByRole("dialog").getByRole("button", { name: "Create team" }).click();
  await page.getByRole("button", { name: "Open web" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User", { exact: true }).selectOption({ label: "tim" });
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.getByRole("button", { name: "Remove tim" }).click();
  await dialog.getByText("No users yet.").waitFor();
});

test("the trail is saved as a file that proves itself", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/audit");
  await page.getByRole("button", { name: "Export" }).click();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save file" }).click();
  const file = await (await saving).path();
  expect(setting.installation().pkim("audit", "verify", "--in", file, "--output", "json")).toContain('"valid": true');
});

test("settings say where they come from, and tell no secret", async () => {
  const visitor = await setting.signedIn();
  await visitor.go("/settings");
  await visitor.page.getByRole("row", { name: /management_bind 127\.0\.0\.1:\d+ Environment/ }).waitFor();
  await visitor.page.getByRole("row", { name: /session_idle 30 minutes Default/ }).waitFor();
});

test("what happens elsewhere is seen here without loading anew", async () => {
  const visitor = await setting.signedIn();
  await visitor.go("/teams");
  await expect.poll(() => visitor.isFollowing).toBe(true);
  setting.installation().pkim("team", "create", "night watch");
  await visitor.page.getByText("night watch").waitFor();
});

test("who is disabled elsewhere is at the door at once, with where he was", async () => {
  const installation = setting.installation();
  const words = [
    "user",
    "create",
    "--login",
    "lena",
    "--display-name",
    "Lena",
    "--role",
    "auditor",
    "--output",
    "json",
  ];
  const link = new URL(JSON.parse(installation.pkim(...words)).sign_in_url);
  const { page } = await setting.arrive();
  await page.goto(installation.url + link.pathname + link.hash);
  await page.getByLabel("Password", { exact: true }).fill("a lantern for lena");
  await page.getByLabel("Repeat password").fill("a lantern for lena");
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  installation.pkim("user", "disable", "lena");
  await page.getByText("You have been signed out").waitFor();
});

test("when the server is away every page says so, one that was not open yet too, and all goes on by itself when it is back", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  const away = page.getByRole("status").getByText("The server is unavailable");
  await visitor.go("/certificates");
  await page.evaluate(() => document.body.setAttribute("data-same-page", ""));
  await page.context().setOffline(true);
  await page.getByRole("searchbox").fill("nothing");
  await away.waitFor();
  expect(await violations(page)).toEqual([]);
  for (const width of [360, 1100, 1440]) {
    await page.setViewportSize({ width, height: 740 });
    expect({ width, covered: await isCovered(page.getByRole("heading", { level: 1 })) }).toEqual({
      width,
      covered: false,
    });
  }
  await page.getByRole("link", { name: "Keys and backends" }).click();
  await page.getByRole("alert").getByText("The server is unavailable").waitFor();
  await page.context().setOffline(false);
  await page.getByRole("heading", { name: "Key backends" }).waitFor();
  await away.waitFor({ state: "detached" });
  expect(await page.locator("[data-same-page]").count()).toBe(1);
  const expected = /ERR_INTERNET_DISCONNECTED|Failed to fetch dynamically imported module/; // told by the browser itself
  const others = visitor.faults.filter((fault) => !expected.test(fault));
  visitor.faults.splice(0, visitor.faults.length, ...others);
});

test("host names, PEM, and the outline of a focused tab are drawn as they are", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  const routes = await allRoutes(setting.installation());
  const styleOf = (one: Locator, property: string) =>
    one.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  await visitor.go(routes.certificates ?? "");
  // With figures of equal width, Inter's hyphen is as wide as one: "kafka - 99".
  expect(await styleOf(page.getByRole("row").nth(1).getByRole("link").first(), "font-variant-numeric")).toBe("normal");
  await visitor.go(routes["certificate-raw"] ?? "");
  const pem = page.getByText("-----BEGIN CERTIFICATE-----").first();
  expect(await styleOf(pem, "font-variant-ligatures")).toBe("none");
  const tab = page.getByRole("tab").first();
  await tab.focus();
  // A row of tabs cuts off what is drawn outside of them.
  expect(Number.parseFloat(await styleOf(tab, "outline-offset"))).toBeLessThan(0);
});
