import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { ProgressBar } from "./progress-bar";

afterEach(cleanup);

test("a progress bar says how far the work has come, and draws it", () => {
  render(<ProgressBar label="30 of 120 rows" passed={30} total={120} />);
  const bar = screen.getByRole("progressbar", { name: "30 of 120 rows" });
  expect(bar).toHaveAttribute("aria-valuenow", "30");
  expect(bar).toHaveAttribute("aria-valuemax", "120");
  expect(bar.firstElementChild).toHaveStyle({ width: "25%" });
});

test("work without rows is not begun", () => {
  render(<ProgressBar label="0 of 0 rows" passed={0} total={0} />);
  expect(screen.getByRole("progressbar").firstElementChild).toHaveStyle({ width: "0%" });
});
