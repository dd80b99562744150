import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { budget } from "./tools/budget.ts";
import { licenses } from "./tools/licenses.ts";
import { precompress } from "./tools/precompress.ts";

const management = process.env.PKIM_MANAGEMENT_URL ?? "http://localhost:8080";

/** What every page needs, in one file: it compresses better than many, and costs one request. */
const FRAME =
  /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|clsx|tailwind-merge|class-variance-authority|use-sync-external-store|@tanstack\/(history|store|react-store|router-core|react-router|query-core|react-query)|react-remove-scroll|aria-hidden|zod)\/|src\/(api\/|features\/[^/]+\/search|lib\/(locales\/en\/(?!pages\/)|leave-guard|secret-files|search|time|cn)|components\/(states|secret-file-card|ui\/(dialog|button|toast)))/;

export default defineConfig({
  plugins: [
    tanstackRouter({
      target: "react",
      autoCodeSplitting: true,
      // The loader apart from the page: it begins to read while the page is still fetched, and the frame stays small
      codeSplittingOptions: {
        defaultBehavior: [["component"], ["pendingComponent"], ["errorComponent"], ["notFoundComponent"], ["loader"]],
      },
    }),
    react(),
    tailwindcss(),
    licenses(),
    budget(),
    precompress(),
  ],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no data: scripts, styles or fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "frame", test: FRAME }] } },
    },
  },
  server: { proxy: { "/api": management } },
  test: {
    environment: "jsdom",
    setupFiles: ["./tests/setup.ts"],
    testTimeout: 60_000, // a machine that does much else is no fault
    include: ["src/**/*.test.{ts,tsx}", "tests/*.test.ts"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/api/generated/**"],
      reporter: ["text-summary"],
      reportsDirectory: "../.cache/web-coverage",
      // Of the unit tests alone: what the browser tests reach is not counted. Raise a floor when there is more.
      thresholds: { statements: 43, branches: 36, functions: 37, lines: 42 },
    },
  },
});
