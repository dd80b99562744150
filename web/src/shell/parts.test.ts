import { afterEach, expect, test, vi } from "vitest";
import { lookForServer, suspectAway } from "@/api";
import { keepPageWhileAway } from "./parts";

const NOTE = "tanstack_router_reload:no part";

afterEach(() => {
  vi.unstubAllGlobals();
});

function failToFetchPart() {
  window.dispatchEvent(Object.assign(new Event("vite:preloadError"), { payload: new Error("no part") }));
}

test("the router may load the page anew for a missing part, but not while the server is away", async () => {
  let isThere = true;
  vi.stubGlobal("fetch", async () => {
    if (isThere) return new Response();
    throw new TypeError("Failed to fetch");
  });
  keepPageWhileAway();
  failToFetchPart();
  expect(sessionStorage.getItem(NOTE)).toBeNull();
  isThere = false;
  void suspectAway();
  await vi.waitFor(() => {
    failToFetchPart();
    expect(sessionStorage.getItem(NOTE)).toBe("1");
  });
  isThere = true;
  await vi.waitFor(() => {
    lookForServer();
    expect(sessionStorage.getItem(NOTE)).toBeNull();
  });
});
