import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import type { Ca } from "@/api";
import { startI18n } from "@/lib/i18n";
import { scheduledEvents } from "./scheduled";

beforeAll(startI18n);

const NOW = new Date("2026-11-27T12:00:00Z");
const key = { id: "k2", number: 2, state: "next", switch_at: "2026-12-01T00:00:00Z" };
const ca = (keys: object[], not_after: string | null) => ({ keys, not_after, state: "active" }) as unknown as Ca;

test("a rotation that is pending and the CA's expiry are events to come, the latest first", () => {
  const events = scheduledEvents(i18next.t, ca([key], "2030-01-01T00:00:00Z"), NOW);
  expect(events.map((event) => [event.title, event.time])).toEqual([
    ["CA certificate expires", "2030-01-01T00:00:00Z"],
    ["Key 2 becomes current", "2026-12-01T00:00:00Z"],
  ]);
});

test("what has passed, and a key without a time, are no events to come", () => {
  const keys = [
    { ...key, switch_at: null },
    { ...key, state: "current" },
  ];
  expect(scheduledEvents(i18next.t, ca(keys, "2026-01-01T00:00:00Z"), NOW)).toEqual([]);
});
