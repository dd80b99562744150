import { expect, test } from "vitest";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();

test("an invitation link names its user, and says when it is opened that it was used", async () => {
  const person = ["--login", "ivy", "--display-name", "Ivy", "--role", "auditor"];
  const made = setting.installation().pkim("user", "create", ...person, "--output", "json");
  const { pathname, hash } = new URL(JSON.parse(made).sign_in_url);
  const address = setting.installation().url + pathname + hash;
  const visitor = await setting.arrive();
  const { page } = visitor;
  await page.goto(address);
  expect(await page.getByLabel("Username").inputValue()).toBe("ivy");
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Password", { exact: true }).fill("a lighthouse for ivy");
  await page.getByLabel("Repeat password").fill("a lighthouse for ivy");
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();

  const late = await setting.arrive();
  await late.page.goto(address);
  await late.page.getByRole("heading", { name: "This invitation link cannot be used" }).waitFor();
  expect(await late.page.getByLabel("Password", { exact: true }).count()).toBe(0);
  expect(await violations(late.page)).toEqual([]);
  await late.page.getByRole("link", { name: "Back to the sign-in page" }).click();
  await late.page.getByRole("heading", { name: "Sign in" }).waitFor();
});
