import { expect, test } from "vitest";
import { addDuration, isWithin, plannedPeriod } from "./validity";

const NOW = new Date("2026-11-27T10:00:00.700Z");
const RULE = { default: "P90D", maximum: "P398D", backdate: "PT1H" };
const times = (period: { from: Date; until: Date }) => [period.from.toISOString(), period.until.toISOString()];

test.each([
  ["2026-01-31T00:00:00Z", "P1M", "2026-02-28T00:00:00.000Z"],
  ["2024-02-29T00:00:00Z", "P1Y", "2025-02-28T00:00:00.000Z"],
  ["2026-11-27T10:00:00Z", "P1W2DT3H4M5S", "2026-12-06T13:04:05.000Z"],
])("%s and %s make %s", (start, duration, end) => {
  expect(addDuration(new Date(start), duration).toISOString()).toBe(end);
});

test("the profile's default counts where nothing is chosen, from the backdated start, the last second included", () => {
  expect(times(plannedPeriod("", RULE, null, NOW))).toEqual(["2026-11-27T09:00:00.000Z", "2027-02-25T08:59:59.000Z"]);
  expect(times(plannedPeriod("P7D", RULE, null, NOW))[1]).toBe("2026-12-04T08:59:59.000Z");
});

test("the period stays within the issuer's", () => {
  const issuer = { not_before: "2026-11-27T09:30:00Z", not_after: "2027-01-01T00:00:00Z" };
  expect(times(plannedPeriod("", RULE, issuer, NOW))).toEqual(["2026-11-27T09:30:00.000Z", "2027-01-01T00:00:00.000Z"]);
});

test("what a profile allows is counted by the calendar", () => {
  expect(isWithin("P1Y", "P398D", NOW)).toBe(true);
  expect(isWithin("P399D", "P398D", NOW)).toBe(false);
});
