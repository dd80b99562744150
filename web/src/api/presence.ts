const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** As long as nobody has touched the page for so many milliseconds, what it asks is no sign of life: its session may end. */
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
