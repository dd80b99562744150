import { expect, test } from "vitest";
import { violations } from "./axe";
import { signInAs } from "./people";
import { openSetting } from "./setting";

const setting = openSetting();

test("who approves the revocation of a CA sees what it does, and carrying it out takes the name; then the CA says so", async () => {
  const installation = setting.installation();
  const edge = { name: "Edge CA", subject: "CN=Edge CA", parent: "Root CA", key_type: "ECDSA-P256" };
  const ca = await installation.call("POST", "/cas", edge);
  const rules = [{ name: "two people revoke", operation: "ca.revoke", needed: 1 }];
  await installation.call("PUT", "/approvals/rules", { version: 0, rules });
  const visitor = await signInAs(setting.arrive, installation, "rita", "administrator");
  const { page } = visitor;
  await visitor.go(`/cas/${ca.id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/Type Edge CA/).fill("Edge CA");
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await dialog.getByRole("link", { name: "View the approval" }).click();
  await page.waitForURL(/\/approvals\//);
  const path = new URL(page.url()).pathname;

  const approver = await signInAs(setting.arrive, installation, "otto", "administrator");
  await approver.go(path);
  await approver.page.getByRole("heading", { name: "Consequences" }).waitFor();
  await approver.page.getByText("Clients that check revocation will reject").waitFor();
  await approver.settled();
  expect(await violations(approver.page)).toEqual([]);
  await approver.page.getByRole("button", { name: "Approve", exact: true }).click();
  await approver.page.getByRole("dialog").getByText("This cannot be undone.").waitFor();
  await approver.page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await approver.page.getByText("Approved", { exact: true }).first().waitFor();

  await page.getByRole("button", { name: "Run operation" }).click();
  const confirm = dialog.getByRole("button", { name: "Run operation" });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel(/Type Edge CA/).fill("Edge CA");
  await confirm.click();
  await page.getByText("Done", { exact: true }).waitFor();
  await visitor.go(`/cas/${ca.id}?tab=anchor`);
  await page.getByText("Do not install the certificate of this CA in trust stores now.").waitFor();
  expect(await page.getByText("update-ca-certificates").count()).toBe(0);
  expect(await page.getByText("Trusted through its parent CA").count()).toBe(0);
});

test("a CA that waits for its external parent does not call itself a root", async () => {
  const body = { name: "Branch CA", subject: "CN=Branch CA", key_type: "ECDSA-P256", external_parent: true };
  const ca = await setting.installation().call("POST", "/cas", body);
  const visitor = await setting.signedIn();
  await visitor.go(`/cas/${ca.id}`);
  await visitor.page.getByText("External parent CA, certificate not installed yet").waitFor();
  await visitor.go(`/cas/${ca.id}?tab=anchor`);
  expect(await visitor.page.getByText("update-ca-certificates").count()).toBe(0);
});
