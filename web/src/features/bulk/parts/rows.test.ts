import { expect, test } from "vitest";
import { formOf, rowsOf } from "./rows";

test("what begins with an object is NDJSON, anything else CSV", () => {
  expect(formOf('\n {"certificate":"c1"}')).toBe("ndjson");
  expect(formOf("certificate,reason\nc1,superseded")).toBe("csv");
  expect(formOf("")).toBe("csv");
});

test("selected certificates become one object a line", () => {
  expect(rowsOf(["c1", "c2"])).toBe('{"certificate":"c1"}\n{"certificate":"c2"}');
});
