import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isUnattended, startPresence } from "./presence";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a page that nobody touches for a minute is unattended, until somebody does", () => {
  startPresence();
  window.dispatchEvent(new Event("keydown"));
  vi.advanceTimersByTime(60_000);
  expect(isUnattended()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isUnattended()).toBe(true);
  window.dispatchEvent(new Event("pointermove"));
  expect(isUnattended()).toBe(false);
});
