import { expect, test } from "vitest";
import { violations } from "./axe";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();

test.each(["light", "dark"] as const)("no route violates axe's rules in the %s theme", async (colorScheme) => {
  const visitor = await setting.signedIn({ colorScheme });
  const found: string[] = [];
  for (const [name, path] of Object.entries(allRoutes(setting.installation()))) {
    await visitor.go(path);
    for (const fault of await violations(visitor.page)) found.push(`${name}: ${fault}`);
  }
  expect(found).toEqual([]);
});

test.each([
  ["a phone of 360 pixels", { width: 360, height: 740 }],
  ["a window at 200 %", { width: 720, height: 450 }],
])("on %s nothing has to be scrolled sideways", async (_, viewport) => {
  const visitor = await setting.signedIn({ viewport });
  for (const [name, path] of Object.entries(allRoutes(setting.installation()))) {
    await visitor.go(path);
    const surplus = await visitor.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect({ name, surplus }).toEqual({ name, surplus: 0 });
  }
});
