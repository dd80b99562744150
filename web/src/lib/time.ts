const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 30.44 * DAY;
const YEAR = 365.25 * DAY;

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit, number][] = [
  [HOUR, "minute", MINUTE],
  [2 * DAY, "hour", HOUR],
  [10 * WEEK, "day", DAY],
  [2 * YEAR, "month", MONTH],
  [Number.POSITIVE_INFINITY, "year", YEAR],
];

/** Formatters are expensive to create, and a table needs hundreds: each is created once. */
function remembered<Format>(make: (language: string) => Format): (language: string) => Format {
  const made = new Map<string, Format>();
  return (language) => {
    const known = made.get(language) ?? make(language);
    made.set(language, known);
    return known;
  };
}

const DATE = { day: "numeric", month: "short", year: "numeric" } as const;
const MINUTES = { ...DATE, hour: "2-digit", minute: "2-digit" } as const;
const SECONDS = { ...MINUTES, second: "2-digit", timeZoneName: "short" } as const;

const clockTimes = remembered(
  (language) => new Intl.DateTimeFormat(localeOf(language), { hour: "2-digit", minute: "2-digit" }),
);
const distances = remembered((language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));
const dates = remembered((language) => new Intl.DateTimeFormat(localeOf(language), DATE));
const minutes = remembered((language) => new Intl.DateTimeFormat(localeOf(language), MINUTES));
const seconds = remembered((language) => new Intl.DateTimeFormat(localeOf(language), SECONDS));

/** "in 6 days", "12 days ago": rounded to the nearest unit, in the given language. */
export function relative(moment: Date, now: Date, language: string): string {
  const distance = moment.getTime() - now.getTime();
  const format = distances(language);
  if (Math.abs(distance) < MINUTE) return format.format(0, "second");
  const rounded = (size: number) => Math.round(distance / size);
  const [, unit, size] =
    STEPS.find(([limit, , size]) => Math.abs(rounded(size)) * size < limit) ?? (STEPS.at(-1) as (typeof STEPS)[number]);
  return format.format(rounded(size), unit);
}

/** `24 Nov 2026, 14:05` in the user's own zone. */
export function exact(moment: Date, language: string, withSeconds = false): string {
  return (withSeconds ? seconds(language) : minutes(language)).format(moment);
}

/** `14:05` in the user's own zone. */
export function timeOnly(moment: Date, language: string): string {
  return clockTimes(language).format(moment);
}

export function dateOnly(moment: Date, language: string): string {
  return dates(language).format(moment);
}

/** Day before month in English, too. */
function localeOf(language: string): string {
  return language === "en" ? "en-GB" : language;
}

export function daysBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / DAY);
}

const DURATION = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = ["year", "month", "week", "day", "hour", "minute", "second"] as const;

/** `P90D` (ISO 8601) as "90 days"; what is no duration stays as it is. */
export function duration(iso: string, language: string): string {
  const amounts = DURATION.exec(iso)?.slice(1) ?? [];
  const parts = UNITS.flatMap((unit, at) => {
    const amount = amounts[at];
    if (amount === undefined) return [];
    return [new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Number(amount))];
  });
  if (parts.length === 0) return iso;
  return new Intl.ListFormat(localeOf(language), { type: "unit", style: "long" }).format(parts);
}
