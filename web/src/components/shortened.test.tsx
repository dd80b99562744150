import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { Shortened } from "./shortened";

test("a shortened name keeps the whole name as its title", async () => {
  await show(<Shortened text="Example Department TLS Issuing CA" className="text-muted" />);
  expect(screen.getByTitle("Example Department TLS Issuing CA")).toHaveClass("truncate", "text-muted");
});
