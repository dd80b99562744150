import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const setting = openSetting();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

/** What axe finds wrong; brought in by the debugger, for the page's own policy lets in no script of ours. */
async function violations(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: AXE });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run(document, { resultTypes: ['violations'] }).then((found) => JSON.stringify(found.violations))",
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const found: Violation[] = JSON.parse(result.value);
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

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
