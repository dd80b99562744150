import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { show } from "../../../tests/show";
import { Toaster, toast } from "./toast";

afterEach(() => void vi.useRealTimers());

test("what went well passes, what went wrong stays until it is closed", async () => {
  await show(<Toaster />);
  vi.useFakeTimers();
  act(() => {
    toast("Saved");
    toast("Not saved", { tone: "danger" });
  });
  expect(screen.getByText("Saved").closest("[aria-live=polite]")).not.toBeNull();
  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.queryByText("Saved")).toBeNull();
  expect(screen.getByText("Not saved")).toBeVisible();
  vi.useRealTimers();
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByText("Not saved")).toBeNull();
});

test("what was done can be undone, once", async () => {
  const undo = vi.fn();
  await show(<Toaster />);
  act(() => toast("On hold", { action: { label: "Undo", run: undo } }));
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(undo).toHaveBeenCalledOnce();
  expect(screen.queryByText("On hold")).toBeNull();
});
