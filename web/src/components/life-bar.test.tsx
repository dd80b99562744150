import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { show } from "../../tests/show";
import { LifeBar } from "./life-bar";

beforeEach(() => void vi.spyOn(Date, "now").mockReturnValue(Date.parse("2026-01-26T00:00:00Z")));
afterEach(() => void vi.restoreAllMocks());

test("how much of a life is over is told, and where the time to renew begins is drawn", async () => {
  const { container } = await show(
    <LifeBar from="2026-01-01T00:00:00Z" until="2026-04-11T00:00:00Z" renewFrom={new Date("2026-03-12T00:00:00Z")} />,
  );
  expect(screen.getByRole("img")).toHaveAccessibleName(
    "25% of the validity period has passed: 1 Jan 2026 to 11 Apr 2026",
  );
  expect(container.querySelector<HTMLElement>(".bg-chart-hot")?.style.left).toBe("70%");
});

test("a life that has not begun is empty, one that is over is full", async () => {
  const { unmount } = await show(<LifeBar from="2027-01-01T00:00:00Z" until="2028-01-01T00:00:00Z" />);
  expect(screen.getByRole("img")).toHaveAccessibleName(/^0%/);
  unmount();
  const { container } = await show(<LifeBar from="2024-01-01T00:00:00Z" until="2025-01-01T00:00:00Z" wide />);
  expect(screen.getByRole("img")).toHaveAccessibleName(/^100%/);
  expect(container.querySelector(".bg-chart-hot")).toBeNull();
});
