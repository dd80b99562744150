import { expect, test } from "vitest";
import { minutesOfHour } from "./minutes";

const NOW = new Date("2026-03-01T12:00:30Z");
const asked = { signatures: 3, failures: 0, milliseconds: 1.5, slowest: 2 };

test("each minute has its place, and what is older than an hour has none", () => {
  const bars = minutesOfHour(
    [
      { ...asked, start: "2026-03-01T11:00:10Z", signatures: 9 },
      { ...asked, start: "2026-03-01T11:01:10Z" },
      { ...asked, start: "2026-03-01T12:00:10Z", failures: 1 },
    ],
    NOW,
  );
  expect(bars).toHaveLength(60);
  expect(bars[0]).toMatchObject({ signatures: 3, milliseconds: 1.5 });
  expect(bars[1]).toMatchObject({ signatures: 0, milliseconds: null });
  expect(bars[59]).toMatchObject({ failures: 1 });
  expect(bars.reduce((sum, bar) => sum + bar.signatures, 0)).toBe(6);
});

test("a server whose clock is ahead has its last minute now", () => {
  expect(minutesOfHour([{ ...asked, start: "2026-03-01T12:05:00Z" }], NOW)[59]).toMatchObject({ signatures: 3 });
});
