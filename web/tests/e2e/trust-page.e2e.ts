import { expect, test } from "vitest";
import { violations } from "./axe";
import { openSetting } from "./setting";

const setting = openSetting();
const PHONE = { width: 360, height: 740 };

test.each([
  { colorScheme: "light" as const, viewport: { width: 1280, height: 800 } },
  { colorScheme: "dark" as const, viewport: PHONE },
])("the trust page is accessible, $colorScheme and $viewport.width pixels wide", async (options) => {
  const visitor = await setting.arrive(options);
  const { page } = visitor;
  const url = setting.installation().statusUrl;
  visitor.elsewhere.add(url);
  await page.goto(`${url}/`);
  await page.getByRole("heading", { name: "Trust Root CA" }).waitFor();
  await page.getByRole("img", { name: /^QR code of http/ }).waitFor();
  await page.getByText("Debian, Ubuntu").click();
  await page.getByText("update-ca-certificates").waitFor();
  expect(await violations(page)).toEqual([]);
  const [width, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(width).toBeLessThanOrEqual(visible as number);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download PEM" }).first().click(),
  ]);
  expect(download.suggestedFilename()).toBe("root.pem");
});
