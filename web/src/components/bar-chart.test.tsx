import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { BarChart } from "./bar-chart";

const LIST = { to: "/certificates", search: { state: "valid" } } as const;

test("each bar is drawn in proportion, and told in a table to who does not see it", async () => {
  const bars = [
    { key: "a", label: "This week", value: 8, isHot: true, link: LIST },
    { key: "b", label: "Next week", value: 4 },
    { key: "c", label: "Later", value: 0, isHot: true, link: LIST },
  ];
  const { container } = await show(<BarChart bars={bars} caption="Expiries" from="now" to="in a month" />);
  const rows = within(screen.getByRole("table", { name: "Expiries" })).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual(["This week8", "Next week4", "Later0"]);
  const drawn = [...container.querySelectorAll<HTMLElement>("[data-bar]")];
  expect(drawn.map((bar) => bar.style.height)).toEqual(["100%", "50%", "0%"]);
  expect(drawn.map((bar) => bar.classList.contains("bg-chart-hot"))).toEqual([true, false, false]);
  const links = screen.getAllByRole("link");
  expect(links.map((link) => link.getAttribute("aria-label"))).toEqual(["This week: 8"]);
  expect(links[0]).toHaveAttribute("href", "/certificates?state=valid");
});
