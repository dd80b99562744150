import { expect, test } from "vitest";
import { violations } from "./axe";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const setting = openSetting();

test("the profile editor has a verdict on the present text only, and asks before changes are lost", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/profiles/new?edit=tls-server");
  const text = page.getByLabel("Definition, YAML");
  await text.waitFor();
  await page.getByText("No errors", { exact: true }).waitFor();
  await text.press("Control+End");
  await text.pressSequentially("kind: : end");
  await page.getByText("Not valid YAML").waitFor();
  expect(await page.getByText("No errors", { exact: true }).count()).toBe(0);
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Certificate authorities" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Discard your changes?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await text.inputValue()).toContain("kind: : end");
  await page.getByRole("link", { name: "Certificate authorities" }).first().click();
  await dialog.getByRole("button", { name: "Discard changes" }).click();
  await page.getByRole("heading", { name: "Certificate authorities" }).waitFor();
});

test("a session that ends gives the form back to the same user, and to nobody else", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "fiona", "registration-authority");
  const { page } = visitor;
  await visitor.go("/certificates/new");
  await page.getByLabel("Names").fill("kept.example.test");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByText("You have been signed out").waitFor();
  const cover = page.getByRole("dialog", { name: "Sign in" });
  expect(await cover.evaluate((one) => getComputedStyle(one).backgroundColor)).not.toBe("rgba(0, 0, 0, 0)");
  await page.getByLabel("Username").fill("fiona");
  await page.getByLabel("Password", { exact: true }).fill("a lighthouse for fiona");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("You have been signed out").waitFor({ state: "detached" });
  expect(await page.getByLabel("Names").inputValue()).toBe("kept.example.test");
  await page.getByRole("button", { name: "Issue certificate" }).click();
  await page.getByText("Save the private key now.").waitFor();

  const { items } = await setting.installation().call<{ items: { id: string; login: string }[] }>("GET", "/users");
  const fiona = items.find((user) => user.login === "fiona");
  await setting.installation().call("POST", `/users/${fiona?.id}/disable`);
  await page.getByText("You have been signed out").waitFor();
  await page.getByRole("button", { name: "Use an API token instead" }).click();
  await page.getByLabel("API token").fill(setting.installation().token());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  expect(await page.getByText("Save the private key now.").count()).toBe(0);
});
