import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { show } from "../../../tests/show";
import { type Column, DataTable } from "./data-table";

interface Host {
  id: string;
  name: string;
  state: string;
}

const rows: Host[] = ["mail", "shop", "wiki"].map((name) => ({ id: name, name, state: `${name} is valid` }));
const columns: Column<Host>[] = [
  { id: "name", header: "Name", cell: (host) => <a href={`#${host.name}`}>{host.name}</a>, phone: true },
  { id: "state", header: "State", cell: (host) => host.state },
  { id: "serial", header: "Serial", cell: () => "09d2", hidden: true },
];

beforeEach(() => localStorage.clear());

function table() {
  return (
    <DataTable
      name="hosts"
      label="Hosts"
      columns={columns}
      rows={rows}
      rowId={(host) => host.id}
      bulk={(selected) => <p>{selected.map((host) => host.name).join(" and ")}</p>}
    />
  );
}

const heads = () => screen.getAllByRole("columnheader").map((head) => head.textContent);

test("rows stand under their heads, and are counted", async () => {
  await show(table());
  expect(heads()).toEqual(["", "Name", "State"]);
  const [, first] = within(screen.getByRole("table", { name: "Hosts" })).getAllByRole("row");
  expect(first).toHaveTextContent("mailmail is valid");
  expect(screen.getByText("3 entries")).toBeVisible();
});

test("j and k walk the rows, x selects, and the bar tells what is selected until it is cleared", async () => {
  await show(table());
  await userEvent.keyboard("jjk");
  expect(screen.getByRole("link", { name: "mail" })).toHaveFocus();
  await userEvent.keyboard("xjjx");
  const bar = screen.getByRole("region", { name: "Selected rows" });
  expect(within(bar).getByText("2 selected")).toBeVisible();
  expect(within(bar).getByText("mail and wiki")).toBeVisible();
  await userEvent.click(within(bar).getByRole("button", { name: "Clear" }));
  expect(screen.queryByRole("region")).toBeNull();
  await userEvent.click(screen.getByRole("checkbox", { name: "Select all loaded rows" }));
  expect(screen.getByText("3 selected")).toBeVisible();
});

test("who types into a field does not walk", async () => {
  await show(
    <>
      <input aria-label="Elsewhere" />
      {table()}
    </>,
  );
  await userEvent.type(screen.getByLabelText("Elsewhere"), "jx");
  expect(screen.getByLabelText("Elsewhere")).toHaveFocus();
  expect(screen.queryByRole("region")).toBeNull();
});

test("columns are chosen, all but the first, and the choice is kept", async () => {
  const { unmount } = await show(table());
  await userEvent.click(screen.getByRole("button", { name: "Columns" }));
  expect(await screen.findAllByRole("menuitemcheckbox")).toHaveLength(2);
  await userEvent.click(screen.getByRole("menuitemcheckbox", { name: "Serial" }));
  await userEvent.click(screen.getByRole("menuitemcheckbox", { name: /State/ }));
  unmount();
  await show(table());
  expect(heads()).toEqual(["", "Name", "Serial"]);
});
