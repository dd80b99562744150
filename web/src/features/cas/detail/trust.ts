import type { Ca } from "@/api";
import { pathTo } from "../parts/tree";

/** Why a CA is not, or not fully, trusted: the state of the CA itself or of the nearest parent CA with such a state. */
export interface Distrust {
  state: "pending" | "suspended" | "revoked" | "expired";
  ca: Ca;
}

const UNUSABLE: ReadonlySet<string> = new Set(["revoked", "expired"]);

/** What keeps clients from trusting a CA; undefined for one that can be trusted. */
export function findDistrust(ca: Ca, all: readonly Ca[], now: Date): Distrust | undefined {
  const state = stateAt(ca, now);
  if (state === "pending" || state === "suspended" || state === "revoked" || state === "expired") return { state, ca };
  const above = pathTo(ca, all)
    .filter((one) => one.id !== ca.id && UNUSABLE.has(stateAt(one, now)))
    .at(-1);
  return above && { state: stateAt(above, now) as Distrust["state"], ca: above };
}

/** The state of a CA. After its end it is expired, regardless of the stored state. */
function stateAt(ca: Ca, now: Date): Ca["state"] {
  const isOver = ca.not_after !== null && Date.parse(ca.not_after) < now.getTime();
  return isOver && ca.state !== "revoked" ? "expired" : ca.state;
}
