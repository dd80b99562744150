import { afterEach, expect, test, vi } from "vitest";
import type { ChangeList } from "./generated";
import { changesOf, followChanges } from "./live";
import { forgetProof, onSessionEnd, proveBySession } from "./session";

const told = (position: string, id?: string): ChangeList => ({
  items: id === undefined ? [] : [{ kind: "certificate", id, action: "certificate.issued" }],
  position,
  missed: false,
});
const block = (changes: ChangeList) => `event: changes\nid: ${changes.position}\ndata: ${JSON.stringify(changes)}\n\n`;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a block is read, a comment is not", () => {
  expect(changesOf(block(told("p", "1")).trim())).toEqual(told("p", "1"));
  expect(changesOf(": still here")).toBeUndefined();
});

test("a stream in pieces is put together, and taken up where it ended", async () => {
  vi.useFakeTimers();
  const whole = block(told("p1")) + block(told("p2", "a"));
  const given: (string | null)[] = [];
  const stop = new AbortController();
  vi.stubGlobal("fetch", async (_: string, options: RequestInit) => {
    given.push(new Headers(options.headers).get("Last-Event-ID"));
    if (given.length > 1) {
      stop.abort();
      return new Response(null, { status: 503 });
    }
    const parts = [whole.slice(0, 40), whole.slice(40)].map((text) => new TextEncoder().encode(text));
    return new Response(
      new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(part);
          controller.close();
        },
      }),
    );
  });
  const heard: ChangeList[] = [];
  const following = followChanges((changes) => heard.push(changes), stop.signal);
  await vi.advanceTimersByTimeAsync(2_000);
  await following;
  expect(heard).toEqual([told("p2", "a")]);
  expect(given).toEqual([null, "p2"]);
});

test("when the server no longer knows who we are, it is told and nothing is asked again", async () => {
  const ended = vi.fn();
  const forget = onSessionEnd(ended);
  const ask = vi.fn(async () => new Response(null, { status: 401 }));
  proveBySession("of-this-session");
  vi.stubGlobal("fetch", ask);
  await followChanges(() => {}, new AbortController().signal);
  expect(ended).toHaveBeenCalledOnce();
  expect(ask).toHaveBeenCalledOnce();
  forget();
});

test("that a stream of somebody who has left ends says nothing about who came since", async () => {
  const ended = vi.fn();
  const forget = onSessionEnd(ended);
  proveBySession("of-the-session-before");
  vi.stubGlobal("fetch", async () => {
    forgetProof();
    proveBySession("of-this-session");
    return new Response(null, { status: 401 });
  });
  await followChanges(() => {}, new AbortController().signal);
  expect(ended).not.toHaveBeenCalled();
  forget();
});

test("a stream that nobody answers is a reason to look whether the server is there", async () => {
  const asked: string[] = [];
  const stop = new AbortController();
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    if (url === "/healthz") {
      stop.abort();
      return new Response();
    }
    throw new TypeError("Failed to fetch");
  });
  await followChanges(() => {}, stop.signal);
  expect(asked).toEqual(["/api/v1/events", "/healthz"]);
});
