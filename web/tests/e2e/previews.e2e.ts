import { expect, test } from "vitest";
import { makeBrowserKey } from "../../src/lib/browser-key";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();

test("an authority's certificate is seen, with what lint says, before the authority is made; a taken name is told", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/cas/new");
  const preview = page.getByRole("complementary", { name: "What will be issued" });
  await preview.getByText("Give it a name.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Root CA");
  await preview.getByRole("alert").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Edge CA");
  await page.getByLabel("Certified by").selectOption({ label: "Root CA" });
  await preview.getByText("Could be signed").waitFor();
  await preview.getByText("CN=Root CA").waitFor();
  await preview.getByText("A CA that issues end-entity certificates only").waitFor();
  await page.getByLabel("Only for names").fill("IP:10.0.0.0/99");
  await preview.getByRole("alert").waitFor();
  await page.getByLabel("Only for names").fill("example.test");
  await preview.getByText("nameConstraints").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Create authority" }).click();
  await page.getByRole("heading", { name: "Edge CA" }).waitFor();
});

test("a profile is edited as a form and as text at once, tried on a request, and saved as a new version with its diff", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/profiles/new?edit=tls-server");
  const text = page.getByLabel("Definition, YAML");
  const most = page.getByLabel("How many at most");
  await most.fill("7");
  expect(await text.inputValue()).toContain("maximum: 7\n");
  await text.fill((await text.inputValue()).replace("maximum: 7\n", "maximum: 9\n"));
  expect(await most.inputValue()).toBe("9");
  const sound = await text.inputValue();
  await text.fill("name: [");
  expect(await most.isDisabled()).toBe(true);
  await text.fill(sound);
  await most.fill("many");
  await page.locator("[aria-invalid=true]").first().waitFor();
  await most.fill("1");
  await page.getByText("Sound", { exact: true }).waitFor();
  const { csr } = await makeBrowserKey("ECDSA-P256");
  await page.getByLabel("Certificate signing request").fill(csr);
  await page.getByText("Would be refused").waitFor();
  await page.getByLabel("Certificate signing request").fill("no request");
  await page.getByRole("alert").waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Save as new version" }).click();
  await page.getByText("tls-server is saved").waitFor();
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByText("maximum: 1", { exact: false }).first().waitFor();
});
