import { fireEvent, screen } from "@testing-library/react";
import { useRef } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { show } from "../../../tests/show";
import { ScrollArea } from "./scroll-area";

let widths = { table: 0, place: 0 };

/** jsdom lays nothing out: the widths are those that the test gives. */
beforeEach(() => {
  vi.spyOn(HTMLTableElement.prototype, "scrollWidth", "get").mockImplementation(() => widths.table);
  vi.spyOn(HTMLDivElement.prototype, "clientWidth", "get").mockImplementation(() => widths.place);
});
afterEach(() => vi.restoreAllMocks());

function Area() {
  return (
    <ScrollArea label="Hosts" area={useRef<HTMLDivElement>(null)}>
      <table />
    </ScrollArea>
  );
}

test("a table that is wider than its place is a region that the keyboard reaches and scrolls", async () => {
  widths = { table: 1200, place: 900 };
  await show(<Area />);
  const area = screen.getByRole("region", { name: "Hosts" });
  expect(area).toHaveAttribute("tabindex", "0");
  expect(area).not.toHaveClass("xl:overflow-x-clip");
});

test("the table follows its scroll bar, and the bar follows the table", async () => {
  widths = { table: 1200, place: 900 };
  await show(<Area />);
  const area = screen.getByRole("region", { name: "Hosts" });
  const bar = area.nextElementSibling as HTMLElement;
  bar.scrollLeft = 120;
  fireEvent.scroll(bar);
  expect(area.scrollLeft).toBe(120);
  area.scrollLeft = 300;
  fireEvent.scroll(area);
  expect(bar.scrollLeft).toBe(300);
});

test("a table that fits is no region, and is no stop of the keyboard", async () => {
  widths = { table: 900, place: 900 };
  await show(<Area />);
  expect(screen.queryByRole("region")).toBeNull();
  expect(screen.getByRole("table").parentElement).not.toHaveAttribute("tabindex");
});
