import { expect, test } from "vitest";
import { isOwnPath } from "./own-path";

const ORIGIN = "https://pki.example";

test.each(["/", "/certificates?state=valid", "/cas/1#keys", "/a//b"])("%j is a page of this origin", (path) => {
  expect(isOwnPath(path, ORIGIN)).toBe(true);
});

test.each([
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\\evil.example",
  "\t//evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "https://pki.example/cas",
  "certificates",
  "//",
  "",
])("%j is no return path", (path) => {
  expect(isOwnPath(path, ORIGIN)).toBe(false);
});
