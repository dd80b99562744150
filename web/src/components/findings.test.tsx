import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Findings } from "./findings";

test("each finding is told with its weight in words, in the server's language; the same twice stands twice", async () => {
  const one = { severity: "error", message: "no such bit", detail: "own.rule · RFC 5280" };
  await show(<Findings findings={[one, one, { ...one, severity: "strange", message: "another" }]} />);
  expect(screen.getAllByText("no such bit")).toHaveLength(2);
  expect(screen.getByText("another")).toHaveAttribute("lang", "en");
  expect(screen.getAllByText(/^(error|strange)$/).map((badge) => badge.textContent)).toEqual([
    "error",
    "error",
    "strange",
  ]);
});

test("where nothing was found, nothing is shown", async () => {
  const { container } = await show(<Findings findings={[]} />);
  expect(container.textContent).toBe("");
});
