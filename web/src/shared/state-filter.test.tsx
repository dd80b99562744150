import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { StateFilter } from "./state-filter";

test("the chosen state becomes the search parameter, and removing the filter clears it", async () => {
  const search = vi.fn();
  const filter = { states: ["queued", "failed"] as const, nameOf: (state: string) => `Is ${state}`, onSearch: search };
  const { unmount } = await show(<StateFilter value={undefined} {...filter} />);
  await userEvent.click(screen.getByRole("button", { name: "State" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Is failed" }));
  expect(search).toHaveBeenLastCalledWith({ state: "failed" });
  unmount();
  await show(<StateFilter value="failed" {...filter} />);
  await userEvent.click(screen.getByRole("button", { name: "Remove filter State" }));
  expect(search).toHaveBeenLastCalledWith({ state: undefined });
});
