import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launch, Visitor } from "./browser";
import { Installation } from "./installation";

type Options = Parameters<Browser["newContext"]>[0];

/** One real server, with those settings, and one browser for the tests of a file. After each test nothing may have gone wrong unseen. */
export function openSetting(settings: () => Promise<NodeJS.ProcessEnv> = async () => ({})) {
  let installation: Installation;
  let browser: Browser;
  let token: string;
  const visitors: Visitor[] = [];
  beforeAll(async () => {
    [installation, browser] = await Promise.all([Installation.start(await settings()), launch()]);
    token = installation.token();
  });
  afterEach(async () => {
    for (const visitor of visitors.splice(0)) {
      expect(visitor.faults).toEqual([]);
      await visitor.leave();
    }
  });
  afterAll(async () => {
    await browser?.close();
    await installation?.stop();
  });
  const arrive = async (options: Options = {}) => {
    const visitor = await Visitor.arrive(browser, installation.url, options);
    visitors.push(visitor);
    return visitor;
  };
  return {
    arrive,
    installation: () => installation,
    /** Somebody who is in, as an administrator unless told otherwise. */
    async signedIn(options: Options = {}, role?: string) {
      const visitor = await arrive(options);
      await visitor.signIn(role === undefined ? token : installation.token(role));
      return visitor;
    },
  };
}
