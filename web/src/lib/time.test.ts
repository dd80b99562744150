import { expect, test } from "vitest";
import { DAY, daysBetween, duration, exact, relative } from "./time";

const NOW = new Date("2026-11-24T12:00:00Z");
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);

test.each([
  [30_000, "now"],
  [5 * 60_000, "in 5 minutes"],
  [-3 * 3_600_000, "3 hours ago"],
  [6 * DAY, "in 6 days"],
  [-12 * DAY, "12 days ago"],
  [59.6 * 60_000, "in 1 hour"],
  [47.8 * 3_600_000, "in 2 days"],
  [90 * DAY, "in 3 months"],
  [118 * DAY, "in 4 months"],
  [-90 * DAY, "3 months ago"],
  [729 * DAY, "in 2 years"],
  [5 * 365 * DAY, "in 5 years"],
  [20 * 365 * DAY, "in 20 years"],
  [3653 * DAY, "in 10 years"],
])("%d ms from now is %j", (distance, expected) => {
  expect(relative(later(distance), NOW, "en")).toBe(expected);
});

test("languages have their own words", () => {
  expect(relative(later(6 * DAY), NOW, "de")).toBe("in 6 Tagen");
});

test("a date has its day first", () => {
  expect(exact(NOW, "en")).toMatch(/^24 Nov 2026, \d\d:\d\d$/);
});

test("days are whole ones", () => {
  expect(daysBetween(NOW, later(2.9 * DAY))).toBe(2);
});

test.each([
  ["P90D", "90 days"],
  ["P1Y6M", "1 year, 6 months"],
  ["PT36H", "36 hours"],
  ["forever", "forever"],
])("the duration %s is %s", (iso, expected) => {
  expect(duration(iso, "en")).toBe(expected);
});
