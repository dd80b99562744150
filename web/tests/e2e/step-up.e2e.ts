import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const setting = openSetting();

/** The first request to create a user comes when the sign-in is too long ago, without waiting for as long. */
async function refuseOnce(page: Page): Promise<void> {
  const problem = {
    code: "fresh_authentication_required",
    status: 403,
    title: "Authentication required",
    detail: "Requires recent authentication.",
    errors: [],
  };
  const isCreation = (url: URL) => url.pathname === "/api/v1/users";
  await page.route(
    isCreation,
    (route) =>
      route.request().method() === "POST"
        ? route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) })
        : route.continue(),
    { times: 1 },
  );
}

test("an action that needs recent authentication continues after the password, without another click", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "stella", "administrator");
  const { page } = visitor;
  await visitor.go("/people");
  await page.getByRole("button", { name: "Add user" }).click();
  await refuseOnce(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Username").fill("newcomer");
  await dialog.getByLabel("Full name").fill("New Person");
  await dialog.getByRole("button", { name: "Add user" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm your identity" });
  await proof.waitFor();
  expect(await page.locator("[role=dialog]:visible").count()).toBe(1);
  await proof.locator("input:focus").waitFor();
  expect(await proof.getByRole("button", { name: "Use a passkey" }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await proof.getByText("The password is not correct.").waitFor();
  await proof.getByLabel("Password", { exact: true }).fill("a lighthouse for stella");
  await page.keyboard.press("Enter");
  await page.getByText(/welcome#/).waitFor();
  await page.getByRole("button", { name: "I saved the token" }).click();
  await page.getByRole("link", { name: "New Person" }).waitFor();
});

test("an action whose confirmation is cancelled is not carried out, and the form stays as it was", async () => {
  const visitor = await signInAs(setting.arrive, setting.installation(), "sam", "administrator");
  const { page } = visitor;
  await visitor.go("/people");
  await page.getByRole("button", { name: "Add user" }).click();
  await refuseOnce(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Username").fill("nobody-new");
  await dialog.getByLabel("Full name").fill("Nobody New");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await page.getByRole("dialog", { name: "Confirm your identity" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.getByLabel("Full name").waitFor();
  expect(await dialog.getByLabel("Full name").inputValue()).toBe("Nobody New");
  expect(await setting.installation().call<{ items: { login: string }[] }>("GET", "/users")).not.toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ login: "nobody-new" })]),
  });
});
