import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../tests/show";
import { KeyValues } from "./key-values";

test("a pair without a value is left out; zero is one", async () => {
  const pairs = [
    { label: "Subject", value: "CN=www", note: "as asked for" },
    { label: "Renews", value: null },
    { label: "Alias", value: "" },
    { label: "Path length", value: 0 },
  ];
  await show(<KeyValues pairs={pairs} />);
  expect(screen.getAllByRole("term").map((term) => term.textContent)).toEqual(["Subject", "Path length"]);
  expect(screen.getAllByRole("definition").map((value) => value.textContent)).toEqual(["CN=wwwas asked for", "0"]);
});
