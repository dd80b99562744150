import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();

test("a key is rotated at a time to come, called off, and then rotated at once; who chains to it is told", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  const [issuing] = setting
    .installation()
    .list("ca", "list")
    .filter((ca: { name: string }) => ca.name === "Issuing CA");
  await visitor.go(`/cas/${issuing.id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Rotate key" }).click();
  await page.getByText(/unexpired certificates?, the last one expires/).waitFor();
  await page.getByRole("button", { name: "Rotate key" }).click();
  await page.getByText("Select a date and time.").waitFor();
  await page.getByLabel("Activation time").fill("2020-01-01T10:00");
  await page.getByRole("button", { name: "Rotate key" }).click();
  await page.getByText("That time has passed.").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Activation time").fill(`${new Date().getFullYear() + 1}-01-15T10:00`);
  await page.getByRole("button", { name: "Rotate key" }).click();
  await page.getByRole("button", { name: "Cancel rotation" }).click();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Cancel rotation" }).click();
  await page.getByRole("region", { name: "Key 2" }).getByText("Retired").waitFor();
  await visitor.go(`/cas/${issuing.id}/rotate`);
  await page.getByRole("radio", { name: /^Immediately/ }).check();
  await page.getByLabel("Key type").selectOption("ECDSA-P384");
  await page.getByRole("button", { name: "Rotate key" }).click();
  await page.getByRole("region", { name: "Key 3" }).getByText("Current", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Key 1" }).getByText("Draining").waitFor();
  await page.getByRole("region", { name: "Key 2" }).getByRole("button", { name: "Destroy key" }).click();
  await page.getByLabel("Type Issuing CA to confirm").fill("Issuing CA");
  await page.getByRole("dialog").getByRole("button", { name: "Destroy key" }).click();
  await page.getByRole("region", { name: "Key 2" }).getByText("Destroyed").waitFor();
});

test("an authority below one outside asks for its certificate, refuses what does not fit, and installs the answer", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/cas/new");
  await page.getByRole("heading", { name: "Create CA" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Outpost CA");
  await page.getByLabel("Parent CA").selectOption({ label: "An external CA" });
  await page.getByRole("button", { name: "Create CA" }).click();
  await page.getByRole("button", { name: "Create CSR" }).click();
  const csr = (await page.locator("pre").textContent()) ?? "";
  expect(csr).toContain("BEGIN CERTIFICATE REQUEST");
  await page.getByRole("button", { name: "Install certificate" }).click();
  await page.getByText("Paste the certificate from the external CA.").waitFor();
  await page.getByLabel("Certificate and chain").fill("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----");
  await page.getByRole("button", { name: "Install certificate" }).click();
  await page.getByRole("alert").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Certificate and chain").fill(certifiedOutside(csr));
  await page.getByRole("button", { name: "Install certificate" }).click();
  await page.getByRole("heading", { name: "Outpost CA" }).waitFor();
  await page.getByText("Active", { exact: true }).first().waitFor();
});

test("an authority is cross-signed, and the cross-certificate shown; without anybody to certify nothing is", async () => {
  const installation = setting.installation();
  installation.pkim("ca", "create", "--name", "Other Root", "--subject", "CN=Other Root");
  const [root] = installation.list("ca", "list").filter((ca: { name: string }) => ca.name === "Other Root");
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go(`/cas/${root.id}/cross-sign`);
  await page.getByRole("button", { name: "Cross-sign" }).click();
  await page.getByText("Select a CA, or paste the CSR of an external CA.").waitFor();
  await page.getByLabel("CA to cross-sign").selectOption({ label: "Root CA" });
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Cross-sign" }).click();
  await page.getByRole("heading", { name: "Root CA" }).waitFor();
});

/** The chain that an authority outside answers with: OpenSSL plays it. */
function certifiedOutside(csr: string): string {
  const folder = mkdtempSync(join(tmpdir(), "pkim-outside-"));
  const path = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  try {
    const root = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"];
    const marks = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl("req", ...root, "-subj", "/CN=Outside Root", ...marks, "-keyout", "root.key", "-out", "root.pem");
    writeFileSync(path("ca.csr"), csr);
    const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
    const identifiers = ["subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"];
    writeFileSync(path("ext"), [...extensions, ...identifiers].join("\n"));
    const issuer = ["-CA", "root.pem", "-CAkey", "root.key", "-days", "1825", "-extfile", "ext"];
    openssl("x509", "-req", "-in", "ca.csr", ...issuer, "-out", "ca.pem");
    return readFileSync(path("ca.pem"), "utf-8") + readFileSync(path("root.pem"), "utf-8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
