import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const WAITS = 60_000;
const QUIET = 500;
const EVENTS = "/api/v1/events";
const SIGN_IN = {
  en: { useToken: "Use an API token instead", token: "API token", submit: "Sign in" },
  de: { useToken: "Stattdessen ein API-Token verwenden", token: "API-Token", submit: "Anmelden" },
};

export const installedChromium = CHROMIUM.find((path) => existsSync(path));

export function launch(): Promise<Browser> {
  return chromium.launch({ ...(installedChromium && { executablePath: installedChromium }), args: FLAGS });
}

/** A page that remembers everything it must not do: errors on the console, breaches of the policy, foreign requests. */
export class Visitor {
  readonly faults: string[] = [];
  /** Origins beside ours where the browser is meant to go. */
  readonly elsewhere = new Set<string>();
  private readonly pending = new Set<Request>();
  private changed = Date.now();
  /** Whether the page hears of what changes. */
  isFollowing = false;

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly origin: string,
  ) {}

  static async arrive(
    browser: Browser,
    origin: string,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
    context.setDefaultTimeout(WAITS);
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const visitor = new Visitor(await context.newPage(), context, origin);
    visitor.watch();
    return visitor;
  }

  async signIn(token: string, path = "/", language: keyof typeof SIGN_IN = "en"): Promise<void> {
    const words = SIGN_IN[language];
    await this.page.goto(this.origin + path);
    await this.page.getByRole("button", { name: words.useToken }).click();
    await this.page.getByLabel(words.token).fill(token);
    await this.page.getByRole("button", { name: words.submit, exact: true }).click();
    await this.page.locator("#content").waitFor();
    await this.drawn();
  }

  /** Goes to a path without loading the page anew, as a click on a link would, and stays until the page is there. */
  async go(path: string): Promise<void> {
    await this.page.evaluate((to) => {
      window.history.pushState({}, "", to);
      window.dispatchEvent(new PopStateEvent("popstate"));
    }, path);
    await this.drawn();
  }

  /** What the address names is drawn, and nothing on it is still asked for: as the app's own router and queries know. */
  async drawn(): Promise<void> {
    await this.page.waitForFunction(() => {
      const router = window.__TSR_ROUTER__; // where TanStack Router leaves itself for its tools
      if (!router) return false;
      const { status, resolvedLocation } = router.state;
      const here = window.location.pathname + window.location.search + window.location.hash;
      const { queryClient } = router.options.context;
      const isStill = queryClient.isFetching() === 0 && queryClient.isMutating() === 0;
      const isThere = status === "idle" && resolvedLocation?.publicHref === here;
      return isThere && isStill && document.querySelector('[aria-busy="true"]') === null;
    });
    // A dialog that fades in has too little contrast until it is there. What turns for ever is not waited for.
    await this.page.evaluate(() => {
      const finite = document
        .getAnimations()
        .filter((one) => one.playState === "running" && one.effect?.getComputedTiming().endTime !== Infinity);
      return Promise.allSettled(finite.map((one) => one.finished));
    });
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  /** The system's colours change, and the page has followed: it hears of it by an event, some time after. */
  async inTheme(colorScheme: "light" | "dark"): Promise<void> {
    await this.page.emulateMedia({ colorScheme });
    await this.page.waitForFunction(
      (isDark) => document.documentElement.classList.contains("dark") === isDark,
      colorScheme === "dark",
    );
    await this.drawn();
  }

  /** It is drawn, and nothing has been asked of the server for a moment, but for the stream of events, which never ends. */
  async settled(): Promise<void> {
    while (this.pending.size > 0 || Date.now() - this.changed < QUIET) await this.page.waitForTimeout(QUIET / 10);
    await this.drawn();
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  /** Whether it is another server's page that asks or complains, where the browser is meant to be. */
  private isElsewhere(...urls: readonly string[]): boolean {
    return urls.some((url) => URL.canParse(url) && this.elsewhere.has(new URL(url).origin));
  }

  private watch(): void {
    this.page.on("console", (message) => {
      // A refusal that the page shows and explains is also told on the console, by the browser itself.
      const isRefusal = /the server responded with a status of 4\d\d/.test(message.text());
      const isTheirs = this.isElsewhere(message.location().url, this.page.url());
      if (message.type() === "error" && !isRefusal && !isTheirs) this.faults.push(message.text());
    });
    this.page.on("pageerror", (error) => this.faults.push(String(error)));
    const ended = (request: Request) => {
      if (this.pending.delete(request)) this.changed = Date.now();
    };
    this.page.on("response", (answer) => {
      if (answer.url().endsWith(EVENTS) && answer.ok()) this.isFollowing = true;
    });
    this.page.on("requestfinished", ended);
    this.page.on("requestfailed", ended);
    this.page.on("request", (request) => {
      if (!request.url().endsWith(EVENTS)) this.pending.add(request);
      this.changed = Date.now();
      const url = new URL(request.url());
      const isOurs = url.origin === this.origin || url.protocol === "blob:" || url.protocol === "data:";
      if (!isOurs && !this.isElsewhere(url.href, request.frame().url())) this.faults.push(`request to ${url}`);
    });
  }
}
