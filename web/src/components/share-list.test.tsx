import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { ShareList } from "./share-list";

test("the six largest are shown, numbers as the language writes them", async () => {
  const shares = [12_000, 6_000, 5, 4, 3, 2, 1].map((value) => ({ key: `k${value}`, label: `CA ${value}`, value }));
  const { container } = await show(<ShareList shares={shares} language="de" />);
  expect(screen.getAllByRole("listitem")).toHaveLength(6);
  expect(screen.getByText("12.000")).toBeVisible();
  expect(container.querySelectorAll<HTMLElement>("[aria-hidden]")[1]?.style.width).toBe("50%");
});
