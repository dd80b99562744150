import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Comparison } from "./comparison";

test("what only one side has is marked by word and sign, what both have is not", async () => {
  const rows = [
    { label: "Names", before: ["a.test", "b.test"], after: ["b.test", "c.test"], note: "as edited" },
    { label: "Subject", before: [], after: ["CN=a"] },
  ];
  await show(<Comparison label="Plan" before="Asked for" after="Will be signed" rows={rows} />);
  const [, names, subject] = within(screen.getByRole("table", { name: "Plan" })).getAllByRole("row");
  const cells = (row: HTMLElement | undefined) => within(row as HTMLElement).getAllByRole("cell");
  const words = (row: HTMLElement | undefined) =>
    cells(row).map((cell) => [...cell.querySelectorAll("div")].map((item) => item.textContent));
  expect(words(names)).toEqual([
    ["− Removed: a.test", "b.test"],
    ["b.test", "+ Added: c.test", "as edited"],
  ]);
  expect(cells(subject)[0]).toHaveTextContent("None");
});
