const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Milliseconds without input after which requests of the page no longer extend the session. */
const ATTENDED = 60_000;

let last = Date.now();

export function startPresence(): void {
  for (const sign of SIGNS) window.addEventListener(sign, seen, { passive: true, capture: true });
}

export function isUnattended(now = Date.now()): boolean {
  return now - last > ATTENDED;
}

function seen(): void {
  last = Date.now();
}
