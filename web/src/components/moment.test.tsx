import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Moment } from "./moment";

const past = new Date(Date.now() - 3 * 86_400_000 - 1).toISOString();

test("a time is relative, the exact one on hover", async () => {
  await show(<Moment time={past} />);
  const time = screen.getByText("3 days ago");
  expect(time).toHaveAttribute("datetime", past);
  expect(time.title).toMatch(/^\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d/);
});

test("where precision counts, the other way round", async () => {
  await show(<Moment time={past} precise />);
  expect(screen.getByTitle("3 days ago")).toHaveTextContent(/^\d{1,2} \w+ \d{4}, \d\d:\d\d$/);
});
