import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, test } from "vitest";
import { launch, Visitor } from "./browser";

const { BENCH_URL: url = "", BENCH_TOKEN: token = "", BENCH_FIGURES: figures = "" } = process.env;
const DIST = new URL("../../dist", import.meta.url).pathname;
const ROUTES = ["/audit", "/cas", "/profiles", "/keys", "/people", "/tools", "/settings"];
const RUNS = 5;
const SCROLLED = 100;

const browser = url ? await launch() : undefined;
afterAll(() => browser?.close());

/** Not a test: figures for `python -m bench ui`, in kB and milliseconds. */
test.runIf(browser)(
  "the figures of the web UI",
  async () => {
    if (!browser) return;
    const paints: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const stranger = await Visitor.arrive(browser, url);
      await stranger.page.goto(url);
      await stranger.page.getByRole("heading", { level: 1 }).waitFor();
      paints.push(await firstPaint(stranger));
      await stranger.leave();
    }
    const visitor = await Visitor.arrive(browser, url, { viewport: { width: 1440, height: 900 } });
    await visitor.signIn(token);
    for (const path of ROUTES) await visitor.go(path); // what is fetched once is not the change of a route
    const changes = [];
    for (const path of ROUTES) changes.push(await timed(() => visitor.go(path)));
    const pages = [];
    for (let run = 0; run < RUNS; run += 1) {
      await visitor.go("/settings");
      await visitor.page.evaluate(() => window.__TSR_ROUTER__?.options.context.queryClient.clear());
      pages.push(await timed(() => visitor.go("/certificates")));
    }
    const frames = await scrolling(visitor);
    await visitor.leave();
    writeFileSync(
      figures,
      JSON.stringify({
        main: mainBundle() / 1000,
        paint: middle(paints),
        route: middle(changes),
        page: middle(pages),
        frame: frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)],
      }),
    );
  },
  600_000,
);

/** The page's own script and all that it asks for at once, compressed; in octets. */
function mainBundle(): number {
  const page = readFileSync(`${DIST}/index.html`, "utf-8");
  const scripts = new Set([...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path));
  return [...scripts].reduce((sum, path) => sum + gzipSync(readFileSync(DIST + path)).length, 0);
}

function firstPaint({ page }: Visitor): Promise<number> {
  return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN);
}

async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** How long each frame stood while the list was scrolled; further rows are fetched on the way. */
function scrolling({ page }: Visitor): Promise<number[]> {
  return page.evaluate(async (count) => {
    const stood: number[] = [];
    let last = await new Promise<number>(requestAnimationFrame);
    for (let frame = 0; frame < count; frame += 1) {
      window.scrollBy(0, 60);
      const now = await new Promise<number>(requestAnimationFrame);
      stood.push(now - last);
      last = now;
    }
    return stood;
  }, SCROLLED);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
