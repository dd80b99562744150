import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();

test("rows are refused in place, then issued by a file, exported, and revoked from the list with the number typed", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/certificates/bulk");
  await page.getByRole("button", { name: "Check and start" }).click();
  await page.getByText("Paste rows or choose a file.").waitFor();
  await page.getByLabel("Rows").fill("csr,csr\nx,y");
  await page.getByRole("button", { name: "Check and start" }).click();
  await page.getByRole("alert").waitFor();
  expect(await violations(page)).toEqual([]);
  const csrs = await Promise.all([1, 2].map(async () => (await makeBrowserKey("ECDSA-P256")).csr));
  const rows = csrs.map((csr, index) => ({
    csr,
    sans: [`DNS:bulk-${index}.example.test`],
    reference: `host ${index}`,
  }));
  await page.getByLabel("CA", { exact: true }).selectOption({ label: "Issuing CA" });
  await page.getByLabel("Profile").selectOption("tls-server");
  await page.getByLabel("Rows").fill(rows.map((row) => JSON.stringify(row)).join("\n"));
  await page.getByRole("button", { name: "Check and start" }).click();
  await page.getByText("All rows are done.").waitFor();
  await page.getByRole("link", { name: "Row 2: show certificate" }).waitFor();
  expect(await page.getByRole("cell", { name: "Issued", exact: true }).count()).toBe(2);
  expect(await violations(page)).toEqual([]);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download all, ZIP" }).click(),
  ]);
  expect(
    readFileSync(await saved.path())
      .subarray(0, 2)
      .toString(),
  ).toBe("PK");

  await visitor.go("/certificates?query=bulk-");
  for (const name of ["bulk-0.example.test", "bulk-1.example.test"]) {
    await page
      .getByRole("row", { name: new RegExp(name) })
      .getByRole("checkbox")
      .check();
  }
  await page.getByText("2 selected").waitFor();
  await page.getByRole("region", { name: "Selected rows" }).getByRole("button", { name: "Revoke" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("button", { name: "Revoke" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Type 2 certificates to confirm").fill("2 certificates");
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("heading", { name: "Revoke: 2 certificates" }).waitFor();
  await page.getByText("All rows are done.").waitFor();
});
