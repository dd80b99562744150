import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

/** The rules whose verdict depends on colours alone. */
export const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe finds wrong, by all rules or by those; brought in by the debugger, for the page's own policy lets in no script of ours. */
export async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: `window.axe || (() => {${AXE}})()` });
  const options = JSON.stringify({ resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
  const { result } = await session.send("Runtime.evaluate", {
    expression: `axe.run(document, ${options}).then((found) => JSON.stringify(found.violations))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const found: Violation[] = JSON.parse(result.value);
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}
