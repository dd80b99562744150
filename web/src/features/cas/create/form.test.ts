import { expect, test } from "vitest";
import { bodyOf, EMPTY, schema } from "./form";

const below = (policies: string) => ({ ...EMPTY, name: "Edge CA", parent: "p1", policies });

test("certificate policies are read line by line, each with its practice statement where it has one", () => {
  const text = " 2.999.1   https://example.com/cps \n\n1.3.6.1.4.1.32473.2\n";
  expect(schema.safeParse(below(text)).success).toBe(true);
  expect(bodyOf(below(text)).policies).toEqual([
    { oid: "2.999.1", cps: "https://example.com/cps" },
    { oid: "1.3.6.1.4.1.32473.2" },
  ]);
  expect(bodyOf(below(" \n"))).not.toHaveProperty("policies");
});

test.each(["basic", "3.1.2", "2", "2.999.1 ftp://example.com", "2.999.1 https://example.com and more"])(
  "%s is no policy",
  (text) => {
    const checked = schema.safeParse(below(`2.999.1\n${text}`));
    expect(checked.error?.issues.map((issue) => issue.path)).toEqual([["policies"]]);
  },
);

test("a root has no policies, whatever was typed while it was to stand below another", () => {
  const root = { ...below("2.999.1"), parent: "" };
  expect(bodyOf(root)).not.toHaveProperty("policies");
  expect(schema.safeParse({ ...root, policies: "basic" }).success).toBe(true);
});
