const URL = "/healthz";
const FIRST = 1_000;
const LONGEST = 30_000;
const PATIENCE = 10_000;

let isAway = false;
let isLooking = false;
let lookNow: (() => void) | undefined;
const watchers = new Set<() => void>();
const returns = new Set<() => void>();

/** Whether the server could not be reached at the last attempt. */
export function isServerAway(): boolean {
  return isAway;
}

/** Calls the function when that changes. */
export function watchServer(listener: () => void): () => void {
  watchers.add(listener);
  return () => watchers.delete(listener);
}

/** Calls the function when an unavailable server responds again. */
export function onServerBack(listener: () => void): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}

/** Looks for the server now instead of after the pause. */
export function lookForServer(): void {
  lookNow?.();
}

/**
 * A request was not answered: asks whether the server is there at all, and while it is not, again after pauses that
 * double from one second to half a minute. One of us looks at a time.
 */
export async function suspectAway(): Promise<void> {
  if (isLooking) return;
  isLooking = true;
  for (let wait = FIRST; !(await answers()); wait = Math.min(2 * wait, LONGEST)) {
    set(true);
    await pause(wait);
  }
  isLooking = false;
  if (!isAway) return;
  set(false);
  for (const tell of returns) tell();
}

/** Sent without credentials, so that it does not extend a session. A gateway's 502 is not a response of the server. */
async function answers(): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE);
  return fetch(URL, { credentials: "omit", cache: "no-store", signal }).then(
    (answer) => answer.ok,
    () => false,
  );
}

function set(next: boolean): void {
  if (next === isAway) return;
  isAway = next;
  for (const tell of watchers) tell();
}

/** Shorter when the browser finds its network again, or the user will not wait. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      lookNow = undefined;
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    window.addEventListener("online", go);
    lookNow = go;
  });
}
