import { expect, test } from "vitest";
import type { Ca } from "@/api";
import { allBelow, pathTo, treeOf } from "./tree";

const ca = (id: string, parent: string | null) => ({ id, name: id, parent }) as Ca;
const shape = (cas: Ca[]) => treeOf(cas).map(({ ca, depth }) => `${"-".repeat(depth)}${ca.id}`);

test("what is below a CA follows it, one step deeper", () => {
  expect(shape([ca("leaf", "mid"), ca("b", null), ca("mid", "a"), ca("a", null)])).toEqual([
    "a",
    "-mid",
    "--leaf",
    "b",
  ]);
});

test("a CA whose parent is elsewhere stands at the top", () => {
  expect(shape([ca("orphan", "gone")])).toEqual(["orphan"]);
});

test("the path leads from the highest known one down; below are all, at any depth", () => {
  const all = [ca("leaf", "mid"), ca("mid", "a"), ca("a", "elsewhere"), ca("b", "a")];
  const ids = (cas: Ca[]) => cas.map((one) => one.id);
  expect(ids(pathTo(ca("leaf", "mid"), all))).toEqual(["a", "mid", "leaf"]);
  expect(ids(allBelow(ca("a", null), all))).toEqual(["mid", "leaf", "b"]);
});
