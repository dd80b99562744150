import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../../tests/show";
import { EndOfList } from "./end-of-list";

test("more is asked for by a button where nobody scrolls, and the count says that it is not all", async () => {
  const more = vi.fn();
  await show(<EndOfList paging={{ hasMore: true, isLoading: false, more }} count={1200} />);
  expect(screen.getByText("1,200 loaded, more follow")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));
  expect(more).toHaveBeenCalledOnce();
});

test("while it is asked for it is not asked again; at the end there is no button", async () => {
  const { unmount } = await show(<EndOfList paging={{ hasMore: true, isLoading: true, more: () => {} }} count={50} />);
  expect(screen.getByRole("button", { name: "Load more" })).toBeDisabled();
  unmount();
  await show(<EndOfList paging={undefined} count={1} />);
  expect(screen.getByText("1 entry")).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
});
