import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isServerAway, lookForServer, onServerBack, suspectAway, watchServer } from "./reach";

/** What is at the other end: answers in turn, the last of them from then on. */
function server(...answers: (number | "nobody")[]) {
  const ask = vi.fn(async (_: string, __: RequestInit) => {
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? "nobody";
    if (answer === "nobody") throw new TypeError("Failed to fetch");
    return new Response(null, { status: answer });
  });
  vi.stubGlobal("fetch", ask);
  return ask;
}

const heard: string[] = [];
let forget: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  heard.length = 0;
  forget = [watchServer(() => heard.push(isServerAway() ? "away" : "there")), onServerBack(() => heard.push("back"))];
});

afterEach(async () => {
  server(200);
  lookForServer();
  await vi.advanceTimersByTimeAsync(0);
  for (const stop of forget) stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("one lost answer of a server that is there is no reason to say anything", async () => {
  const ask = server(200);
  await suspectAway();
  expect(heard).toEqual([]);
  expect(ask).toHaveBeenCalledExactlyOnceWith("/healthz", expect.objectContaining({ credentials: "omit" }));
});

test("it is looked for again after pauses that double, until it is back, and that is told once", async () => {
  const ask = server("nobody", 502, "nobody", 200);
  const looking = suspectAway();
  await vi.advanceTimersByTimeAsync(0);
  expect(heard).toEqual(["away"]);
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(ask).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(ask).toHaveBeenCalledTimes(3);
  await vi.advanceTimersByTimeAsync(4_000);
  await looking;
  expect(heard).toEqual(["away", "there", "back"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ask).toHaveBeenCalledTimes(4);
});

test("the pause is never longer than half a minute, and one looks at a time", async () => {
  const ask = server("nobody");
  for (let request = 0; request < 5; request += 1) void suspectAway();
  await vi.advanceTimersByTimeAsync(0);
  expect(ask).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(31_000 + 30_000);
  const before = ask.mock.calls.length;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(ask).toHaveBeenCalledTimes(before + 1);
});

test.each([
  ["the browser finds its network", () => window.dispatchEvent(new Event("online"))],
  ["the user will not wait", lookForServer],
])("when %s, it is looked for at once", async (_, wake) => {
  const ask = server("nobody", "nobody", 200);
  const looking = suspectAway();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ask).toHaveBeenCalledTimes(2);
  wake();
  await looking;
  expect(heard).toEqual(["away", "there", "back"]);
});

test("who listens no longer is told nothing", async () => {
  for (const stop of forget) stop();
  server("nobody", 200);
  const looking = suspectAway();
  await vi.advanceTimersByTimeAsync(1_000);
  await looking;
  expect(heard).toEqual([]);
});
