import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { ChoiceChip, FilterChip, SearchField } from "./filter";

test("a search is asked for once typing has paused, with all that was typed", async () => {
  const change = vi.fn();
  await show(<SearchField value="" onChange={change} label="Search certificates" />);
  await userEvent.type(screen.getByRole("searchbox", { name: "Search certificates" }), "mail");
  await waitFor(() => expect(change).toHaveBeenCalledWith("mail"));
});

const choices = [
  { value: "valid", label: "Valid" },
  { value: "revoked", label: "Revoked" },
];

test("a filter is chosen by keyboard, says what it is set to, and is taken away", async () => {
  const change = vi.fn();
  const { unmount } = await show(<FilterChip label="State" value={undefined} choices={choices} onChange={change} />);
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  await userEvent.click(await screen.findByRole("menuitem", { name: "Revoked" }));
  expect(change).toHaveBeenLastCalledWith("revoked");
  unmount();
  await show(<FilterChip label="State" value="revoked" choices={choices} onChange={change} />);
  expect(screen.getByRole("button", { name: "State: Revoked" })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Remove filter State" }));
  expect(change).toHaveBeenLastCalledWith(undefined);
});

test("a value that is no choice is shown as it is", async () => {
  await show(<FilterChip label="State" value="odd" choices={choices} onChange={() => {}} />);
  expect(screen.getByRole("button", { name: "State: odd" })).toBeVisible();
});

test("a filter by known values passes on the value that is chosen", async () => {
  const change = vi.fn();
  const names = { valid: "Valid", revoked: "Revoked" };
  await show(
    <ChoiceChip<keyof typeof names>
      label="State"
      value={undefined}
      choices={["valid", "revoked"]}
      nameOf={(value) => names[value]}
      onChange={change}
    />,
  );
  await userEvent.click(screen.getByRole("button", { name: "State" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Revoked" }));
  expect(change).toHaveBeenLastCalledWith("revoked");
});
