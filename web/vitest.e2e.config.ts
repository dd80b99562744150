import { defineConfig } from "vitest/config";
import { installedChromium } from "./tests/e2e/browser.ts";

const isPossible = installedChromium !== undefined || process.env.CI !== undefined;

/** The built UI in a real browser, against a real server: `npm run e2e` after `npm run build`. */
export default defineConfig({
  test: {
    environment: "node",
    include: isPossible ? ["tests/e2e/**/*.e2e.ts"] : [],
    passWithNoTests: !isPossible, // without Chromium, outside of CI
    maxWorkers: 2, // each file has a server and a browser of its own
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
