import { expect, test } from "vitest";
import { toCsv } from "./csv";

test("cells with commas, quotes and line breaks are quoted (RFC 4180)", () => {
  expect(toCsv(["a", "b"], [['x,"y"', "1\n2"]])).toBe('a,b\r\n"x,""y""","1\n2"\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])("%j is no formula for a spreadsheet", (text) => {
  expect(toCsv(["a"], [[text]])).toContain(`'${text}`);
});
