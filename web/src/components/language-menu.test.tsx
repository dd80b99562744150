import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { setLanguage } from "@/lib/i18n";
import { show } from "../../tests/show";
import { LanguageEntries, LanguageMenu } from "./language-menu";
import { Button } from "./ui/button";
import { Menu } from "./ui/menu";

afterEach(async () => {
  localStorage.clear();
  await setLanguage("en");
});

test("a language is found by its own name, spoken at once, and kept", async () => {
  await show(<LanguageMenu />);
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByRole("menuitemcheckbox", { name: /English/ })).toBeChecked();
  await userEvent.click(screen.getByRole("menuitemcheckbox", { name: "Deutsch" }));
  await waitFor(() => expect(document.documentElement.lang).toBe("de"));
  expect(localStorage.getItem("pkim.language")).toBe("de");
  await userEvent.keyboard("{Escape}");
  expect(await screen.findByRole("button", { name: "Sprache" })).toBeVisible();
});

test("in a menu that is there already, each language is marked as its own", async () => {
  await show(
    <Menu trigger={<Button>Account</Button>}>
      <LanguageEntries />
    </Menu>,
  );
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByRole("menuitemcheckbox", { name: "Deutsch" })).toHaveAttribute("lang", "de");
});
