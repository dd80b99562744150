import { expect, test } from "vitest";
import { EMPTY } from "./form";
import { bodyWhenComplete } from "./preview";

test("nothing is asked of the server before the form's own rules are met", () => {
  expect(bodyWhenComplete(EMPTY)).toBeUndefined();
  expect(bodyWhenComplete({ ...EMPTY, name: "Edge CA", path_length: "many" })).toBeUndefined();
  expect(bodyWhenComplete({ ...EMPTY, name: " Edge CA " })).toMatchObject({ name: "Edge CA", subject: "CN=Edge CA" });
});
