import { mkdirSync } from "node:fs";
import { test } from "vitest";
import { furnish } from "./furnish";
import { allRoutes } from "./routes";
import { openSetting } from "./setting";

const FOLDER = new URL("../../../docs/screenshots/", import.meta.url).pathname;
const LOOKS = {
  light: { colorScheme: "light", viewport: { width: 1440, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  phone: { colorScheme: "light", viewport: { width: 360, height: 740 } },
} as const;

const setting = openSetting();

/** Not a test: pictures to look at, made only when they are asked for. */
test.runIf(process.env.SCREENSHOTS !== undefined)(
  "a picture of every page",
  async () => {
    mkdirSync(FOLDER, { recursive: true });
    await furnish(setting.installation());
    for (const [look, options] of Object.entries(LOOKS)) {
      const visitor = await setting.signedIn(options);
      for (const [name, path] of Object.entries(allRoutes(setting.installation()))) {
        await visitor.go(path);
        await visitor.page.screenshot({ path: `${FOLDER}${name}-${look}.png` });
      }
    }
  },
  600_000,
);
