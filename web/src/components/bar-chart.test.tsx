import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { BarChart } from "./bar-chart";

test("each bar is drawn in proportion, and told in a table to who does not see it", async () => {
  const bars = [
    { key: "a", label: "This week", value: 8, isHot: true },
    { key: "b", label: "Next week", value: 4 },
    { key: "c", label: "Later", value: 0, isHot: true },
  ];
  const { container } = await show(<BarChart bars={bars} caption="Expiries" from="now" to="in a month" />);
  const rows = within(screen.getByRole("table", { name: "Expiries" })).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual(["This week8", "Next week4", "Later0"]);
  const drawn = [...container.querySelectorAll("rect")];
  const [first, second, third] = drawn.map((bar) => Number(bar.getAttribute("height")));
  expect(second).toBe((first ?? 0) / 2);
  expect(third).toBeGreaterThan(0);
  expect(drawn.map((bar) => bar.classList.contains("fill-chart-hot"))).toEqual([true, false, false]);
});
