import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { HexText } from "./hex-text";

const SERIAL = "09d255c077e1a1be00112233";

test("a number stands in groups of four, and is copied without them", async () => {
  const user = userEvent.setup();
  await show(<HexText hex={SERIAL} name="serial number" />);
  expect(screen.getByText("09d2 55c0 77e1 a1be 0011 2233")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Copy serial number" }));
  expect(await navigator.clipboard.readText()).toBe(SERIAL);
});

test("in a table it is short, and whole when one stays on it", async () => {
  await show(<HexText hex={SERIAL} name="serial number" short />);
  expect(screen.getByText("09d2 55c0 … 2233")).toHaveAttribute("title", "09d2 55c0 77e1 a1be 0011 2233");
});
