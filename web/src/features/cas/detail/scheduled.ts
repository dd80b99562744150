import type { TFunction } from "i18next";
import type { Ca } from "@/api";
import type { Happening } from "@/components/timeline";

/** Return what is already certain to happen to a CA, the latest first: pending key rotations, and its expiry. */
export function scheduledEvents(t: TFunction, ca: Ca, now: Date): Happening[] {
  const rotations = ca.keys
    .filter((key) => key.state === "next")
    .map(({ id, number, switch_at }) => ({ id, title: t("cas.timeline.switches", { number }), time: switch_at }));
  const expiry = { id: "expiry", title: t("cas.timeline.expires"), time: ca.not_after };
  return [...rotations, expiry]
    .filter((event): event is typeof event & { time: string } => event.time !== null && new Date(event.time) > now)
    .sort((a, b) => Date.parse(b.time) - Date.parse(a.time))
    .map((event) => ({ ...event, detail: t("audit.scheduled"), isScheduled: true }));
}
