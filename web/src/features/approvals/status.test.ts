import { expect, test } from "vitest";
import { objectName } from "./status";

const id = "01a21949-e6a3-7451-a182-a68000000001";

test("an act is known by the name of what it is about, a certificate by its own, and what has none by its id", () => {
  expect(objectName({ object: id, body: { name: "Edge CA" } })).toBe("Edge CA");
  expect(objectName({ object: id, body: { verb: "disable", login: "ada" } })).toBe("ada");
  expect(objectName({ object: "approver", body: { verb: "assign", login: "ada" } })).toBe("approver");
  expect(objectName({ object: id, body: { subject: "", sans: ["DNS:shop.example"] } })).toBe("shop.example");
  expect(objectName({ object: id, body: { subject: "CN=Shop,O=X", sans: [] } })).toBe("Shop");
  expect(objectName({ object: id, body: { name: "" } })).toBe(id);
});
