import { expect, test } from "vitest";
import { isConcerned } from "./live";

test.each([
  ["listCertificates", "certificate", true],
  ["getDashboard", "certificate", true],
  ["listCertificates", "user", false],
  ["listAudit", "anything", true],
  ["verifyAudit", "certificate", false],
  ["getMe", "user", false],
  ["listRequests", "approval", true],
])("%s after a change of a %s: %s", (operation, kind, expected) => {
  expect(isConcerned(operation, new Set([kind]))).toBe(expected);
});
