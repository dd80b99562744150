import type { Locator, Page } from "playwright-core";

const MOST_STOPS = 150;

/** Works a page as somebody does who has no mouse: nothing but keys is ever sent. */
export class Keys {
  constructor(private readonly page: Page) {}

  /** Walks on with Tab until that element has the focus; it must be reached, and be seen to have it. */
  async tabTo(wanted: Locator): Promise<void> {
    await wanted.waitFor({ state: "attached" });
    for (let stops = 0; stops < MOST_STOPS; stops++) {
      if (await hasFocus(wanted)) return this.requireSeen(wanted);
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${wanted} is not reached by Tab`);
  }

  async fill(field: Locator, text: string): Promise<void> {
    await this.tabTo(field);
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.type(text);
  }

  /** As from the clipboard. */
  async paste(field: Locator, text: string): Promise<void> {
    await this.tabTo(field);
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.page.keyboard.press("Control+v");
  }

  async press(wanted: Locator, key = "Enter"): Promise<void> {
    await this.tabTo(wanted);
    await this.page.keyboard.press(key);
  }

  /** Opens a menu and walks down to one of its items. */
  async choose(menu: Locator, item: Locator): Promise<void> {
    await this.press(menu);
    await this.page.locator("[role=menuitem]:focus").waitFor();
    for (let stops = 0; stops < MOST_STOPS && !(await hasFocus(item)); stops++)
      await this.page.keyboard.press("ArrowDown");
    await this.page.keyboard.press("Enter");
  }

  /** A focus that nobody sees is none: the element, or the label drawn in its place, has a ring. */
  private async requireSeen(wanted: Locator): Promise<void> {
    const isSeen = await wanted.evaluate((element) => {
      const drawn = element.getBoundingClientRect().width > 1 ? element : (element.closest("label") ?? element);
      const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
      return outlineStyle !== "none" && outlineWidth !== "0px";
    });
    if (!isSeen) throw new Error(`${wanted} has the focus, and nobody sees it`);
  }
}

function hasFocus(wanted: Locator): Promise<boolean> {
  return wanted.evaluate((element) => element === document.activeElement);
}
