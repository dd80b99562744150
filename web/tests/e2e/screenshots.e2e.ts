import { mkdirSync } from "node:fs";
import { test } from "vitest";
import { furnish } from "./furnish";
import { signInAs } from "./people";
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
    const furnished = await furnish(setting.installation());
    const routes = { ...furnished, ...(await allRoutes(setting.installation())) };
    for (const [look, options] of Object.entries(LOOKS)) {
      const arrive = () => setting.arrive(options);
      const visitor = await signInAs(arrive, setting.installation(), `ada-${look}`, "administrator", "Ada");
      for (const [name, path] of Object.entries(routes)) {
        await visitor.go(path);
        await visitor.settled();
        await visitor.page.screenshot({ path: `${FOLDER}${name}-${look}.png` });
      }
    }
  },
  600_000,
);
