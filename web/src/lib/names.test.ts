import { expect, test } from "vitest";
import { commonName, displayName, escapeName, matchingName, sanValue } from "./names";

test.each([
  ["CN=Root CA,O=Example", "Root CA"],
  ["O=Example,CN=db\\, primary", "db, primary"],
  ["CN=M\\C3\\BCller", "Müller"],
  ["O=Example", "O=Example"],
  ["", ""],
])("the common name of %j is %j", (subject, expected) => {
  expect(commonName(subject)).toBe(expected);
});

test("a certificate is called by its common name, else by its first alternative name", () => {
  expect(displayName({ subject: "CN=a.example", sans: ["DNS:b.example"] })).toBe("a.example");
  expect(displayName({ subject: "", sans: ["URI:spiffe://x/y"] })).toBe("spiffe://x/y");
  expect(displayName({ subject: "", sans: [] })).toBe("—");
});

test("an alternative name without its kind keeps its colons", () => {
  expect(sanValue("IP:2001:db8::1")).toBe("2001:db8::1");
});

test.each([
  ["plain", "plain"],
  ["a,b+c", "a\\,b\\+c"],
  [" led", "\\ led"],
  ["#1", "\\#1"],
  ["ends ", "ends\\ "],
])("%j is escaped as RFC 4514 has it", (value, expected) => {
  expect(escapeName(value)).toBe(expected);
  expect(commonName(`CN=${expected}`)).toBe(value);
});

test("the name that matches a text is the one that contains it, with or without its kind", () => {
  const sans = ["DNS:shop.example.test", "DNS:*.billing.example.test", "IP:192.0.2.7"];
  expect(matchingName(sans, "*.BILLING")).toBe("*.billing.example.test");
  expect(matchingName(sans, "ip:192")).toBe("192.0.2.7");
  expect(matchingName(sans, "mail")).toBeUndefined();
});
