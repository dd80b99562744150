import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { chooseColumns, chosenColumns } from "@/lib/column-choice";
import { show } from "../../tests/show";
import { SavedViews } from "./saved-views";

const KEY = "pkim.views.hosts";

beforeEach(() => localStorage.clear());

const button = () => screen.getByRole("button", { name: "Views" });
const views = (search: Record<string, unknown>, onOpen = vi.fn()) => (
  <SavedViews table="hosts" search={search} onOpen={onOpen} />
);

async function save(name: string) {
  await userEvent.click(button());
  await userEvent.type(screen.getByLabelText("Name of the current view"), `${name}{Enter}`);
}

test("filters and columns are kept under a name, and come back together", async () => {
  const onOpen = vi.fn();
  await show(views({ state: "held", query: undefined }, onOpen));
  chooseColumns("hosts", { serial: true });
  await save(" On hold ");
  expect(screen.queryByRole("dialog")).toBeNull();
  chooseColumns("hosts", { serial: false });
  await userEvent.click(button());
  await userEvent.click(screen.getByRole("button", { name: "On hold" }));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith({ state: "held" });
  expect(chosenColumns("hosts")).toEqual({ serial: true });
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("all of it is done by keyboard alone, deleting included", async () => {
  localStorage.setItem(KEY, JSON.stringify([{ name: "Old", search: {}, columns: {} }]));
  const onOpen = vi.fn();
  await show(views({}, onOpen));
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  const dialog = screen.getByRole("dialog", { name: "Saved views" });
  within(dialog).getByRole("button", { name: "Old" }).focus();
  await userEvent.tab();
  expect(screen.getByRole("button", { name: "Delete view Old" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("No saved views yet.")).toBeVisible();
  expect(localStorage.getItem(KEY)).toBe("[]");
  expect(onOpen).not.toHaveBeenCalled();
  await userEvent.keyboard("{Escape}");
  expect(button()).toHaveFocus();
});

test("the same name replaces; views stand by name; none is without one", async () => {
  await show(views({ state: "valid" }));
  await save("b");
  await save("a");
  await save("b");
  await userEvent.click(button());
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["a", "b"]);
  await userEvent.click(screen.getByRole("button", { name: "Save view" }));
  expect(screen.getByText("Enter a name.")).toBeVisible();
  expect(JSON.parse(localStorage.getItem(KEY) ?? "")).toHaveLength(2);
});

test.each(["no JSON", "{}", '[{"name":3}]'])("what nobody saved here counts as none: %s", async (found) => {
  localStorage.setItem(KEY, found);
  await show(views({}));
  await userEvent.click(button());
  expect(screen.getByText("No saved views yet.")).toBeVisible();
});
