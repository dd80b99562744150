import { expect, test } from "vitest";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();

test("an unknown address keeps the navigation", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/no/such/page");
  await page.getByRole("heading", { name: "Page not found" }).first().waitFor();
  await page.getByRole("link", { name: "Certificates", exact: true }).first().waitFor();
  await visitor.settled();
  expect(await violations(page)).toEqual([]);
  const mono = await page.evaluate(() => {
    const element = document.body.appendChild(Object.assign(document.createElement("pre"), { className: "font-mono" }));
    return getComputedStyle(element).fontVariantLigatures;
  });
  expect(mono).toBe("none");
});
