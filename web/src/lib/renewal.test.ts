import { expect, test } from "vitest";
import { isCaExpiring, renewalStart } from "./renewal";
import { DAY } from "./time";

const START = Date.parse("2026-01-01T00:00:00Z");
const validFor = (days: number) => ({
  not_before: new Date(START).toISOString(),
  not_after: new Date(START + days * DAY).toISOString(),
});

test.each([
  [9, 3],
  [47, 47 / 3],
  [90, 30],
  [398, 30],
  [1000, 30],
])("a certificate of %d days is to be renewed in its last %d days", (days, left) => {
  expect(Math.round(START + days * DAY - renewalStart(validFor(days)).getTime())).toBe(Math.round(left * DAY));
});

test("a CA counts as expiring 90 days before, and one without a certificate does not", () => {
  const now = new Date(START);
  expect(isCaExpiring(validFor(89).not_after, now)).toBe(true);
  expect(isCaExpiring(validFor(91).not_after, now)).toBe(false);
  expect(isCaExpiring(null, now)).toBe(false);
});
