import { DAY } from "./time";

const SHARE = 1 / 3;
const LONGEST = 30 * DAY;
const CA_WINDOW = 90 * DAY;

interface Validity {
  not_before: string;
  not_after: string;
}

/**
 * When the renewal window of a certificate opens: in the last third of its validity period, at most 30 days before it
 * expires. From then on it counts as expiring wherever it is shown.
 */
export function renewalStart({ not_before, not_after }: Validity): Date {
  const until = Date.parse(not_after);
  return new Date(until - Math.min((until - Date.parse(not_before)) * SHARE, LONGEST));
}

/** Whether a CA expires so soon that its successor should be prepared. */
export function isCaExpiring(not_after: string | null, now: Date): boolean {
  return not_after !== null && Date.parse(not_after) - now.getTime() < CA_WINDOW;
}
