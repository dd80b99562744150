import { expect, test } from "vitest";
import { grouped, hexOf, shortened } from "./hex";

test("digits come in groups of four, the last as long as it is", () => {
  expect(grouped("09d255c077e1")).toBe("09d2 55c0 77e1");
  expect(grouped("09d25")).toBe("09d2 5");
  expect(grouped("")).toBe("");
});

test("a long number is shortened in the middle, a short one is left whole", () => {
  expect(shortened("09d255c077e14b3a9c60d8f20b71a1be")).toBe("09d2 55c0 … a1be");
  expect(shortened("09d255c077e14b3a")).toBe("09d2 55c0 77e1 4b3a");
});

test("octets become lower-case digits, two each", () => {
  expect(hexOf(new Uint8Array([0, 10, 255]))).toBe("000aff");
});
