import { expect, test } from "vitest";
import { violations } from "./axe";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();

test("who reads German is met in German, and finds the way to English and back", async () => {
  const { page } = await setting.arrive({ locale: "de-AT" });
  await page.goto(setting.installation().url);
  await page.getByRole("heading", { name: "Anmelden" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
  await page.getByRole("button", { name: "Sprache" }).click();
  await page.getByRole("menuitemcheckbox", { name: "English" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("the German words are fetched only by who reads them", async () => {
  const fetched = async (locale: string) => {
    const { page } = await setting.arrive({ locale });
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
    await page.goto(setting.installation().url);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return scripts.filter((path) => /\/de-[\w-]+\.js$/.test(path)).length;
  };
  expect(await fetched("en-GB")).toBe(0);
  expect(await fetched("de-DE")).toBe(1);
});

test("in German no word is too long for a phone", async () => {
  const visitor = await setting.signedIn({ viewport: { width: 360, height: 740 } });
  await visitor.page.evaluate(() => localStorage.setItem("pkim.language", "de"));
  await visitor.signIn(setting.installation().token(), "/", "de");
  for (const [name, path] of Object.entries(allRoutes(setting.installation()))) {
    await visitor.go(path);
    const surplus = await visitor.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect({ name, surplus }).toEqual({ name, surplus: 0 });
  }
  await visitor.go("/");
  expect(await violations(visitor.page)).toEqual([]);
});
