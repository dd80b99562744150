import { expect, test } from "vitest";
import { parseSans } from "./sans";

test.each([
  ["www.example.test", "DNS:www.example.test"],
  ["*.example.test", "DNS:*.example.test"],
  ["10.0.0.7", "IP:10.0.0.7"],
  ["2001:db8::1", "IP:2001:db8::1"],
  ["a@example.test", "email:a@example.test"],
  ["spiffe://prod/orders", "URI:spiffe://prod/orders"],
  ["uri:urn:x:y", "URI:urn:x:y"],
  ["dns:host", "DNS:host"],
  ["upn:a@corp.test", "UPN:a@corp.test"],
])("%j is %j", (text, expected) => {
  expect(parseSans(text)).toEqual([expected]);
});

test("names may stand on lines or between commas, and count once", () => {
  expect(parseSans(" a.test, b.test\n\na.test ")).toEqual(["DNS:a.test", "DNS:b.test"]);
});
