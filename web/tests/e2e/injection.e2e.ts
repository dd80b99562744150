import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import type { Visitor } from "./browser";
import type { Installation } from "./installation";
import { signInAs } from "./people";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();

const NASTY = `"><img src=x onerror=window.pwned=1>`;
/** The same in a distinguished name (RFC 4514 §2.4). */
const IN_NAME = NASTY.replace(/[",;<>\\]/g, "\\$&");
const ATTRIBUTES = ["CN", "SN", "GN", "L", "ST", "STREET", "O", "OU", "title", "postalCode", "pseudonym", "UID"];
const FIELDS = "input:not([type=file],[type=radio],[type=checkbox]), textarea";

declare global {
  interface Window {
    pwned?: number;
  }
}

/** Nothing of it is an element, and nothing of it ran. */
async function isText({ page }: Visitor): Promise<void> {
  const found = await page.evaluate(() => [window.pwned, document.querySelectorAll("img[src=x]").length]);
  expect([page.url(), ...found]).toEqual([page.url(), undefined, 0]);
}

/** Everything that takes a text from somebody, with that text; the pages that show it. */
async function plant(installation: Installation): Promise<string[]> {
  const post = (path: string, body: object) => installation.call("POST", path, body);
  const standing = await installation.call<object>("GET", "/profiles/tls-server");
  const { version: _, state: __, created_at: ___, ...definition } = standing as Record<string, unknown>;
  await post("/profiles", {
    ...definition,
    name: "nasty",
    description: NASTY,
    lint: "rules",
    subject: { ...(definition.subject as object), attributes: ATTRIBUTES, common_name: "free" },
    sans: { kinds: ["DNS", "otherName"], other_names: ["1.2.3.4"], minimum: 1, maximum: 9 },
  });
  const ca = await post("/cas", { name: NASTY, subject: `CN=${IN_NAME},O=${IN_NAME}`, parent: "Root CA" });
  await post("/teams", { name: NASTY });
  await post("/tokens", { name: NASTY, role: "requester", expires: "P1D" });
  await post("/users", { login: "nasty", display_name: NASTY, role: "auditor" });
  const { csr } = await makeBrowserKey("ECDSA-P256");
  const wanted = {
    ca: NASTY,
    profile: "nasty",
    csr,
    subject: ATTRIBUTES.map((type) => `${type}=${IN_NAME}`).join(","),
    sans: ["DNS:nasty.example.test", `otherName:1.2.3.4;UTF8:${NASTY}`],
  };
  const { id } = await post("/certificates", wanted);
  await post(`/certificates/${id}/revoke`, { reason: "superseded" });
  const another = { ...wanted, csr: (await makeBrowserKey("ECDSA-P256")).csr };
  const request = await installation.call("POST", "/requests", another, "requester");
  await post(`/requests/${request.id}/comment`, { text: NASTY });
  return [
    ...["", "?tab=timeline", "?tab=install", "?tab=raw"].map((tab) => `/certificates/${id}${tab}`),
    ...["", "?tab=keys", "?tab=anchor"].map((tab) => `/cas/${ca.id}${tab}`),
    `/cas/${ca.id}/rotate`,
    `/requests/${request.id}`,
    "/profiles/nasty",
    "/certificates?query=img",
  ];
}

test("WEB-01: what anybody wrote anywhere is text on every page", async () => {
  const shown = await plant(setting.installation());
  const visitor = await setting.signedIn();
  for (const path of [...shown, ...Object.values(await allRoutes(setting.installation()))]) {
    await visitor.go(path);
    await isText(visitor);
  }
  await visitor.go("/cas");
  await visitor.page.getByText(NASTY).first().waitFor();
  await visitor.page.keyboard.press("Control+k");
  await visitor.page.getByRole("combobox", { name: "Search and commands" }).fill("img src");
  await visitor.page
    .getByRole("option", { name: /img src/ })
    .first()
    .waitFor();
  await isText(visitor);
});

test("WEB-01: what is typed into any field of any page is text", async () => {
  const visitor = await setting.signedIn();
  for (const path of Object.values(await allRoutes(setting.installation()))) {
    await visitor.go(path);
    for (const field of await visitor.page.locator("#content").locator(FIELDS).all()) {
      const type = (await field.getAttribute("type")) ?? "text";
      if (["text", "search", "password"].includes(type) && (await field.isEditable())) await field.fill(NASTY);
    }
    await visitor.drawn();
    await isText(visitor);
  }
});

test("WEB-02: what comes from outside is text: a foreign certificate, a browser that names itself", async () => {
  const installation = setting.installation();
  const folder = mkdtempSync(join(tmpdir(), "pkim-foreign-"));
  try {
    makeForeign(folder);
    const file = (name: string) => join(folder, name);
    installation.pkim(
      "ca",
      "import",
      "--name",
      "foreign",
      "--certificate",
      file("ca.pem"),
      "--key",
      file("ca.key"),
      "--certificates",
      file("issued"),
      "--profile",
      "tls-server",
      "--skip-faulty",
    );
    const visitor = await setting.signedIn();
    const [ca] = installation.list("ca", "list").filter((one: { name: string }) => one.name === "foreign");
    for (const path of [`/cas/${ca.id}`, "/cas", "/certificates?query=img", "/"]) {
      await visitor.go(path);
      await isText(visitor);
    }
    await visitor.go("/tools");
    for (const name of ["leaf.pem", "ca.pem", "leaf.csr"]) {
      await visitor.page.getByLabel("Input").fill(readFileSync(file(name), "utf-8"));
      await visitor.page.getByRole("button", { name: "Decode" }).click();
      await visitor.page.getByText("<img src=x onerror").first().waitFor();
      await isText(visitor);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const named = () => setting.arrive({ userAgent: NASTY });
  const { page, ...rest } = await signInAs(named, installation, "agent", "auditor");
  await page.getByRole("button", { name: "Auditor" }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByText(NASTY).first().waitFor();
  await isText({ page, ...rest } as Visitor);
});

test("a breach would be noticed: markup from a string, a script, and a request to elsewhere", async () => {
  const visitor = await setting.signedIn();
  const breach = (act: string) => visitor.page.evaluate(act).catch((refused: Error) => refused.message);
  await breach(`document.body.insertAdjacentHTML("beforeend", "<i></i>")`);
  await expect.poll(() => visitor.faults.join()).toMatch(/TrustedHTML/);
  await breach(`new Image().src = "http://elsewhere.test/x.png"`);
  await expect.poll(() => visitor.faults.join()).toMatch(/request to http:\/\/elsewhere\.test|img-src/);
  visitor.faults.length = 0;
});

/** A CA outside, what it issued and what it was asked for: every attribute and name is nasty. OpenSSL plays it. */
function makeForeign(folder: string): void {
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const file = (name: string, content: string) => writeFileSync(join(folder, name), content);
  const quoted = NASTY.replaceAll('"', '\\"');
  const attributes = ["CN", "O", "OU", "L", "ST", "street", "title", "postalCode", "SN", "GN", "pseudonym", "UID"];
  const subject = attributes.map((type) => `${type} = ${quoted}`);
  const names = [`DNS.1 = ${quoted}`, "DNS.2 = plain.test", `email.1 = ${quoted}`, `URI.1 = ${quoted}`];
  const sans = [...names, `otherName.1 = 1.2.3.4;UTF8:${quoted}`, "dirName.1 = dn"];
  file(
    "dn.cnf",
    [
      "[req]",
      "prompt = no",
      "string_mask = utf8only",
      "distinguished_name = dn",
      "req_extensions = leaf",
      "[dn]",
      ...subject,
      "[ca]",
      "basicConstraints = critical,CA:TRUE",
      "keyUsage = critical,keyCertSign,cRLSign",
      "subjectKeyIdentifier = hash",
      "[leaf]",
      "subjectAltName = @sans",
      "[sans]",
      ...sans,
      "",
    ].join("\n"),
  );
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-config", "dn.cnf"];
  openssl("req", "-x509", ...key, "-extensions", "ca", "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", "-new", ...key, "-keyout", "leaf.key", "-out", "leaf.csr");
  mkdirSync(join(folder, "issued"));
  openssl(
    "x509",
    "-req",
    "-in",
    "leaf.csr",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-copy_extensions",
    "copyall",
    "-days",
    "90",
    "-out",
    "leaf.pem",
  );
  openssl("x509", "-in", "leaf.pem", "-out", "issued/leaf.pem");
}
