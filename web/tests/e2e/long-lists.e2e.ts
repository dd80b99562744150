import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { openSetting } from "./setting";

const NUMBER = 205;
const AT_ONCE = 8;

const setting = openSetting();

/** More of each kind than the server returns in one page. */
beforeAll(async () => {
  const installation = setting.installation();
  const numbers = Array.from({ length: NUMBER }, (_, index) => String(index).padStart(3, "0"));
  const create = async (path: string, bodyOf: (number: string) => object) => {
    for (let start = 0; start < NUMBER; start += AT_ONCE) {
      const some = numbers.slice(start, start + AT_ONCE);
      await Promise.all(some.map((number) => installation.call("POST", path, bodyOf(number))));
    }
  };
  await create("/tokens", (number) => ({ name: `token ${number}`, role: "requester", expires: "P1D" }));
  await create("/users", (number) => ({ login: `user-${number}`, display_name: `User ${number}`, role: "requester" }));
  await create("/teams", (number) => ({ name: `Team ${number}` }));
  const profile: Record<string, unknown> = await installation.call("GET", "/profiles/tls-server");
  const { version: _, state: __, created_at: ___, ...definition } = profile;
  await create("/profiles", (number) => ({ ...definition, name: `profile-${number}` }));
  await create("/cas", (number) => ({
    name: `CA ${number}`,
    subject: `CN=CA ${number}`,
    parent: "Root CA",
    key_type: "ECDSA-P256",
  }));
});

/** Scrolls a table, of which only the visible rows are drawn, to its end; every first cell that was seen. */
async function everyRow(page: Page): Promise<Set<string>> {
  const seen = new Set<string>();
  const look = async () => {
    for (const text of await page.locator("tr[data-row] td:first-child").allInnerTexts()) seen.add(text);
  };
  await look();
  await vi.waitFor(
    async () => {
      await page.mouse.wheel(0, 500);
      // Asked first: the end of the page is the end of the list only once all rows are there.
      const more = await page.getByText("more follow").count();
      const isAtEnd = await page.evaluate(async () => {
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        return window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 1;
      });
      await look();
      expect(isAtEnd && more === 0).toBe(true);
    },
    { timeout: 120_000, interval: 50 },
  );
  return seen;
}

test.each([
  ["/tokens", "token"],
  ["/people", "User"],
  ["/profiles", "profile"],
])("the table on %s shows every entry of a list that is longer than a page", async (path, word) => {
  const visitor = await setting.signedIn();
  await visitor.go(path);
  await visitor.page.locator("tr[data-row]").first().waitFor();
  const rows = [...(await everyRow(visitor.page))].filter((text) => new RegExp(`^${word}[ -]\\d{3}`).test(text));
  expect(rows).toHaveLength(NUMBER);
});

test("the trees, panels, and fields to choose from have every CA, team, user, and profile", async () => {
  const visitor = await setting.signedIn();
  const { page } = visitor;
  await visitor.go("/cas");
  await page.getByRole("link", { name: /^CA 204/ }).waitFor();
  expect(await page.getByRole("link", { name: /^CA \d{3}/ }).count()).toBe(NUMBER);
  await visitor.go("/teams");
  await page.getByRole("button", { name: /Team 000/ }).waitFor();
  expect(await page.getByRole("button", { name: /Team \d{3}/ }).count()).toBe(NUMBER);
  await page.getByRole("button", { name: /Team 000/ }).click();
  await page.getByRole("option", { name: "user-204" }).waitFor({ state: "attached" });
  expect(await page.getByRole("option", { name: /^user-\d{3}$/ }).count()).toBe(NUMBER);
  await visitor.go("/certificates/new");
  await page.getByRole("option", { name: "CA 204", exact: true }).waitFor({ state: "attached" });
  expect(await page.getByRole("option", { name: /^CA \d{3}$/ }).count()).toBe(NUMBER);
  expect(await page.getByRole("option", { name: /^profile-\d{3}/ }).count()).toBe(NUMBER);
});
