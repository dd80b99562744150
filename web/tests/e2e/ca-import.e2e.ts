import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { violations } from "./axe";
import { openSetting } from "./setting";

const PASSPHRASE = "old and secret";
const CONFIG = `[ca]
default_ca = old
[old]
database = index.txt
new_certs_dir = newcerts
serial = serial
crlnumber = crlnumber
certificate = ca.crt
private_key = ca.key
default_md = sha256
default_days = 365
default_crl_days = 30
copy_extensions = copy
policy = any
crl_extensions = crl
[any]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
`;
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

const setting = openSetting();
const folder = mkdtempSync(join(tmpdir(), "pkim-old-"));
const file = (...names: string[]) => join(folder, ...names);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openssl(...words: string[]): void {
  execFileSync("openssl", words, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] });
}

/** A root that `openssl ca` has run: one certificate that is valid, one revoked, a CRL, its key under a passphrase. */
function makeOldCa(): void {
  mkdirSync(file("newcerts"));
  for (const [name, content] of [
    ["index.txt", ""],
    ["serial", "1000\n"],
    ["crlnumber", "07\n"],
    ["openssl.cnf", CONFIG],
  ] as const) {
    writeFileSync(file(name), content);
  }
  const uses = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
  const root = ["-days", "3650", "-subj", "/CN=Old Root", ...uses.flatMap((use) => ["-addext", use])];
  openssl("req", "-x509", ...EC, ...root, "-passout", `pass:${PASSPHRASE}`, "-keyout", "ca.key", "-out", "ca.crt");
  const ca = ["ca", "-config", "openssl.cnf", "-batch", "-notext", "-passin", `pass:${PASSPHRASE}`];
  for (const name of ["mail", "shop"]) {
    const names = ["-subj", `/CN=${name}.old.test`, "-addext", `subjectAltName=DNS:${name}.old.test`];
    openssl("req", "-new", ...EC, "-noenc", ...names, "-keyout", "own.key", "-out", "own.csr");
    openssl(...ca, "-in", "own.csr", "-out", `${name}.crt`);
  }
  openssl(...ca, "-revoke", "shop.crt", "-crl_reason", "superseded");
  openssl(...ca, "-gencrl", "-out", "ca.crl");
}

test("a CA of OpenSSL's is looked at, its faults are told, and it is taken over with its history", async () => {
  makeOldCa();
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/cas");
  await page.getByRole("link", { name: "Import CA" }).click();
  await page.getByRole("button", { name: "Check import" }).click();
  await page.getByText("Choose a file.").first().waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Old Root");
  await page.getByLabel("CA certificate", { exact: true }).setInputFiles(file("ca.crt"));
  await page.getByLabel("Key file").setInputFiles(file("ca.key"));
  await page.getByLabel("Passphrase").fill("wrong");
  await page.getByLabel("Last CRL").setInputFiles(file("ca.crl"));
  await page.getByLabel("index.txt").setInputFiles(file("index.txt"));
  await page.getByLabel("Profile for renewal").selectOption("tls-server");
  await page.getByRole("button", { name: "Check import" }).click();
  await page.getByText("2 problems prevent the import.", { exact: false }).waitFor();
  await page.getByText("index.txt:1").waitFor();
  expect(await page.getByRole("button", { name: "Import CA", exact: true }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);

  await page.getByLabel("Passphrase").fill(PASSPHRASE);
  const certificates = readdirSync(file("newcerts")).map((name) => file("newcerts", name));
  await page.getByLabel("Issued certificates").setInputFiles(certificates);
  await page.getByRole("button", { name: "Check import" }).click();
  await page.getByText("The CA can be imported.", { exact: false }).waitFor();
  if (process.env.SCREENSHOTS) await page.screenshot({ path: process.env.SCREENSHOTS, fullPage: true });
  await page.getByRole("button", { name: "Import CA", exact: true }).click();
  await page.getByRole("heading", { name: "Old Root imported" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Show Old Root" }).click();
  await page.getByRole("heading", { name: "Old Root" }).waitFor();

  const { list } = setting.installation();
  expect(list.call(setting.installation(), "ca", "list")).toContainEqual(
    expect.objectContaining({ name: "Old Root", state: "active" }),
  );
  await visitor.go("/certificates?query=old.test");
  await page.getByRole("row", { name: /mail\.old\.test.*Valid/ }).waitFor();
  await page.getByRole("row", { name: /shop\.old\.test.*Revoked/ }).waitFor();
});
