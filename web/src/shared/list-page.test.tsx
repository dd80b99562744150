import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { KeyRound } from "lucide-react";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api";
import { show } from "../../tests/show";
import { type List, ListPage } from "./list-page";

interface Row {
  name: string;
}

const columns = [{ id: "name", header: "Name", cell: (row: Row) => row.name }];
const answered = { data: {}, error: null, isError: false, refetch: vi.fn() };

function page(list: Partial<List<Row>>, filter?: { isOn: boolean; onClear: () => void }) {
  return show(
    <ListPage
      title="Tokens"
      purpose="Manage tokens."
      list={{ question: answered, rows: [], ...list }}
      table={{ name: "test", columns, rowId: (row) => row.name }}
      empty={{ icon: KeyRound, title: "No tokens yet", text: "Scripts use a token." }}
      {...(filter && { filters: { ...filter, controls: <input aria-label="State" /> } })}
    />,
  );
}

test("the entries are in a table below the heading, with the filters and a way to further ones", async () => {
  const more = vi.fn();
  const paging = { hasMore: true, isLoading: false, more };
  await page({ rows: [{ name: "build" }], paging }, { isOn: false, onClear: vi.fn() });
  expect(screen.getByRole("heading", { level: 1, name: "Tokens" })).toBeVisible();
  expect(screen.getByRole("row", { name: "build" })).toBeVisible();
  expect(screen.getByRole("textbox", { name: "State" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));
  expect(more).toHaveBeenCalled();
});

test("a list without entries says what belongs there, instead of a table", async () => {
  await page({}, { isOn: false, onClear: vi.fn() });
  expect(screen.getByRole("heading", { name: "No tokens yet" })).toBeVisible();
  expect(screen.queryByRole("table")).toBeNull();
});

test("filters without a match stay, and can be cleared", async () => {
  const onClear = vi.fn();
  await page({}, { isOn: true, onClear });
  expect(screen.getByRole("heading", { name: "No results" })).toBeVisible();
  expect(screen.getByRole("textbox", { name: "State" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
  expect(onClear).toHaveBeenCalledOnce();
});

test("a list that cannot be read says why, with a way to retry", async () => {
  const refetch = vi.fn();
  const error = new ApiError(403, "forbidden", "Forbidden", "Requires the permission `token:read`.");
  await page({ question: { data: undefined, error, isError: true, refetch } });
  expect(screen.getByText("Requires the permission `token:read`.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(refetch).toHaveBeenCalledOnce();
});
