import { readdirSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { en } from "../../src/lib/locales/en";
import { COLOUR_RULES, violations } from "./axe";
import type { Visitor } from "./browser";
import { furnish } from "./furnish";
import { signInAs } from "./people";
import { allRoutes, OUTSIDE } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();
let inside: Record<string, string>;

beforeAll(async () => {
  const furnished = await furnish(setting.installation());
  inside = { ...furnished, ...(await allRoutes(setting.installation())) };
});

/** The second look is for what a theme changes: the same elements in other colours. */
const THEMES = [
  ["light", undefined],
  ["dark", COLOUR_RULES],
] as const;
const SIZES = [
  { width: 720, height: 450 }, // a window of 1440 pixels at 200 %
  { width: 360, height: 740 },
];

/** Looks at every page, whoever may see it; what is found wrong is told by the page's name. */
async function everywhere(login: string, look: (visitor: Visitor) => Promise<string[]>): Promise<string[]> {
  const found: string[] = [];
  const walk = async (visitor: Visitor, routes: Record<string, string>) => {
    for (const [name, path] of Object.entries(routes)) {
      await visitor.go(path);
      found.push(...(await look(visitor)).map((fault) => `${name}: ${fault}`));
    }
  };
  const stranger = await setting.arrive({ reducedMotion: "reduce" });
  await stranger.page.goto(setting.installation().url);
  await walk(stranger, OUTSIDE);
  const arrive = () => setting.arrive({ reducedMotion: "reduce" });
  await walk(await signInAs(arrive, setting.installation(), login, "administrator"), inside);
  return found;
}

test("every route is visited", () => {
  const folder = new URL("../../src/routes", import.meta.url).pathname;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !/^_\w+\.tsx$/.test(name));
  const visited = [...Object.values(OUTSIDE), ...Object.values(inside)].map((path) => path.replace(/[?#].*/, ""));
  const missing = files.filter((name) => {
    const path = name
      .replace(/\.tsx$/, "")
      .replace(/^_app\//, "")
      .replace(/(^|\/)index$/, "")
      .replaceAll("_.", "/")
      .replaceAll(".", "/");
    const shape = new RegExp(`^/${path.replace(/\$\w+/g, "[^/]+")}$`);
    return name.endsWith(".tsx") && !visited.some((one) => shape.test(one));
  });
  expect(missing).toEqual([]);
});

/** A text that is not loaded shows its key, such as `account.passkeyAdd`. */
async function missingTexts({ page }: Visitor): Promise<string[]> {
  const folder = new URL("../../src/lib/locales/en/pages", import.meta.url).pathname;
  const ofPages = readdirSync(folder).map((name) =>
    name.replace(/\.ts$/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
  const key = new RegExp(`^(?:${[...Object.keys(en), ...ofPages].join("|")})\\.\\w+[\\w.]*$`, "m");
  // biome-ignore lint/performance/useDomNodeTextContent: one line for each text is what the rendered layout tells
  const shown = key.exec(await page.locator("body").innerText());
  return shown ? [`no text for ${shown[0]}`] : [];
}

test("no route violates axe's rules, in the light theme or the dark one, or shows the key of a text", async () => {
  const found = await everywhere("axel", async (visitor) => {
    const faults = await missingTexts(visitor);
    for (const [colorScheme, rules] of THEMES) {
      await visitor.inTheme(colorScheme);
      for (const fault of await violations(visitor.page, rules)) faults.push(`${colorScheme}: ${fault}`);
    }
    return faults;
  });
  expect(found).toEqual([]);
});

test("on a phone of 360 pixels, and in a window at 200 %, nothing has to be scrolled sideways", async () => {
  const found = await everywhere("philo", async ({ page }) => {
    const faults: string[] = [];
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const surplus = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (surplus > 0) faults.push(`${surplus} pixels at ${size.width}`);
    }
    return faults;
  });
  expect(found).toEqual([]);
});
