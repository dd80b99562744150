import { expect, test } from "vitest";
import { diffLines } from "./diff";

const told = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => `${{ same: " ", added: "+", removed: "-" }[kind]}${text}`);

test("equal texts have no difference", () => {
  expect(told("a\nb", "a\nb")).toEqual([" a", " b"]);
});

test("a changed line is one removed and one added", () => {
  expect(told("a\nb\nc", "a\nx\nc")).toEqual([" a", "-b", "+x", " c"]);
});

test("what was inserted does not make the rest look changed", () => {
  expect(told("a\nc", "a\nb\nc")).toEqual([" a", "+b", " c"]);
  expect(told("a\nb\nc", "a\nc")).toEqual([" a", "-b", " c"]);
});
