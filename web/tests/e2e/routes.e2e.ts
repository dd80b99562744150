import { expect, test } from "vitest";
import { COLOUR_RULES, violations } from "./axe";
import type { Visitor } from "./browser";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();

/** The second look is for what a theme changes: the same elements in other colours. */
const THEMES = [
  ["light", undefined],
  ["dark", COLOUR_RULES],
] as const;

/** How far each page can be scrolled sideways, where it can: by name, in pixels. */
async function surplus({ page }: Visitor): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

test("no route violates axe's rules, in the light theme or the dark one", async () => {
  const visitor = await setting.signedIn({ colorScheme: "light", reducedMotion: "reduce" });
  const found: string[] = [];
  for (const [name, path] of Object.entries(allRoutes(setting.installation()))) {
    await visitor.go(path);
    for (const [colorScheme, rules] of THEMES) {
      await visitor.page.emulateMedia({ colorScheme });
      for (const fault of await violations(visitor.page, rules)) found.push(`${name}, ${colorScheme}: ${fault}`);
    }
  }
  expect(found).toEqual([]);
});

test("on a phone of 360 pixels, and in a window at 200 %, nothing has to be scrolled sideways", async () => {
  const widths = [
    { width: 720, height: 450 },
    { width: 360, height: 740 },
  ];
  const visitor = await setting.signedIn({ viewport: { width: 360, height: 740 } });
  const found: object[] = [];
  for (const [name, path] of Object.entries(allRoutes(setting.installation()))) {
    await visitor.go(path);
    for (const viewport of widths) {
      await visitor.page.setViewportSize(viewport);
      if ((await surplus(visitor)) > 0) found.push({ name, ...viewport });
    }
  }
  expect(found).toEqual([]);
});
