import type { UseOfMinute } from "@/api";

const MINUTE = 60_000;
const SHOWN = 60;

export type MinuteBar = Omit<UseOfMinute, "start"> & { start: Date };

/** The last hour, oldest first, including minutes without signatures. */
export function minutesOfHour(minutes: readonly UseOfMinute[], now: Date): MinuteBar[] {
  const bars = Array.from({ length: SHOWN }, (_, index) => ({
    start: new Date(now.getTime() - (SHOWN - 1 - index) * MINUTE),
    signatures: 0,
    failures: 0,
    milliseconds: null,
    slowest: null,
  })) as MinuteBar[];
  for (const minute of minutes) {
    const start = new Date(minute.start);
    const place = SHOWN - 1 - Math.floor((now.getTime() - start.getTime()) / MINUTE);
    if (place >= 0) bars[Math.min(place, SHOWN - 1)] = { ...minute, start };
  }
  return bars;
}
