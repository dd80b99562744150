import { isServerAway, onServerBack, suspectAway } from "@/api";

/** The storage key under which TanStack Router records that it reloaded the page for a missing part; it does so once. */
const NOTE = "tanstack_router_reload:";

/**
 * A part of the UI that cannot be fetched is one of another release, and the router loads the page anew. While the server
 * is away that would leave nothing at all: then the page stays, and the part is fetched when the server is back.
 */
export function keepPageWhileAway(): void {
  const noted = new Set<string>();
  window.addEventListener("vite:preloadError", (event) => {
    void suspectAway();
    if (!isServerAway() && navigator.onLine) return;
    const note = NOTE + (event as Event & { payload: Error }).payload.message;
    noted.add(note);
    sessionStorage.setItem(note, "1");
  });
  onServerBack(() => {
    for (const note of noted) sessionStorage.removeItem(note);
    noted.clear();
  });
}
