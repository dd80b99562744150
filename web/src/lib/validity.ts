const DURATION = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** A period; both ends count (RFC 5280 §4.1.2.5). */
export interface Period {
  from: Date;
  until: Date;
}

/** What of a profile decides the validity period; durations in ISO 8601. */
export interface ValidityRule {
  default: string;
  maximum: string;
  backdate?: string | null;
}

/** The issuing CA's own validity period; null for a root, which has no issuer to stay within. */
type Limit = { not_before: string | null; not_after: string | null } | null;

/** A moment after a duration: years and months by the calendar, in UTC, at most to the month's last day. */
export function addDuration(moment: Date, iso: string, sign: 1 | -1 = 1): Date {
  const parts = DURATION.exec(iso)?.slice(1) ?? [];
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map(
    (part) => Number(part ?? 0) * sign,
  );
  const end = new Date(moment);
  const day = end.getUTCDate();
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + 12 * years + months);
  const last = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, last));
  return new Date(end.getTime() + ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

/** The validity period of a certificate that is issued now: `validity` is a duration, "" for the profile's default. */
export function plannedPeriod(validity: string, rule: ValidityRule, issuer: Limit, now: Date): Period {
  const start = addDuration(new Date(Math.floor(now.getTime() / 1000) * 1000), rule.backdate ?? "", -1);
  const from = latest(start, issuer?.not_before);
  const until = new Date(addDuration(from, validity || rule.default).getTime() - 1000);
  return { from, until: earliest(until, issuer?.not_after) };
}

/** Whether a profile allows a duration, counted from now. */
export function isWithin(duration: string, maximum: string, now: Date): boolean {
  return addDuration(now, duration) <= addDuration(now, maximum);
}

function latest(moment: Date, other: string | null | undefined): Date {
  return other && new Date(other) > moment ? new Date(other) : moment;
}

function earliest(moment: Date, other: string | null | undefined): Date {
  return other && new Date(other) < moment ? new Date(other) : moment;
}
