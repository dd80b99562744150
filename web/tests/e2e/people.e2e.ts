import { expect, test } from "vitest";
import { furnish } from "./furnish";
import { openSetting } from "./setting";

const setting = openSetting();

test("an administrator adds somebody, gives another role, and takes second factors away", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/people");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Username").fill("no such/name");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await dialog.getByText("Required.").waitFor();
  await dialog.getByLabel("Full name").fill("Somebody New");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await dialog.getByText(/digits/).waitFor();
  await dialog.getByLabel("Username").fill("new");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await dialog.getByText(/welcome#/).waitFor();
  await dialog.getByRole("button", { name: "I saved the token" }).click();

  await page.getByRole("link", { name: "Somebody New" }).click();
  await page.getByRole("heading", { name: "Somebody New" }).waitFor();
  await page.getByText("Requester").first().waitFor();
  await page.getByRole("button", { name: "Change" }).click();
  await dialog.getByLabel("Full name").fill("");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await dialog.getByText("Required.").waitFor();
  await dialog.getByLabel("Full name").fill("Somebody Else");
  await dialog.getByLabel("Role").selectOption({ label: "Auditor" });
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("heading", { name: "Somebody Else" }).waitFor();
  await page.getByText("Auditor", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Actions for new" }).click();
  await page.getByRole("menuitem", { name: "Reset second factors" }).click();
  await dialog.getByText("All sessions end.").waitFor();
  await dialog.getByRole("button", { name: "Reset second factors" }).click();
  await page.getByText("Second factors of new reset").waitFor();
  const { items } = await setting.installation().call<{ items: { action: string }[] }>("GET", "/audit?limit=20");
  expect(items.map((event) => event.action)).toContain("user.factors_reset");
});

test("who may look sees what somebody may do and where that comes from, and no button", async () => {
  const { person } = await furnish(setting.installation());
  const visitor = await setting.signedIn({}, "auditor");
  const { page } = visitor;
  await visitor.go(person ?? "");
  await page.getByRole("heading", { name: "Edge team's operator" }).waitFor();
  await page.getByText("edge-approver").click();
  await page.getByText("DNS:example.test").waitFor();
  await page.getByText("request:approve").waitFor();
  await page.getByText("Edge", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: /Change|Actions/ }).count()).toBe(0);
  await page.getByRole("link", { name: "Activity" }).click();
  await page.getByRole("heading", { name: "Audit" }).waitFor();
});
