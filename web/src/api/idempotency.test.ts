import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { startClient } from "./client";
import { rest } from "./index";
import { forgetProof, proveBySession } from "./session";

beforeAll(startClient);
afterEach(() => vi.unstubAllGlobals());

const BASE = { baseUrl: "https://pki.example/api/v1" } as const;

/** Creates teams of these names one after the other, with these responses; the idempotency keys that were sent. */
async function keysOf(attempts: readonly [name: string, outcome: number | "no response" | "other user"][]) {
  const keys: (string | null)[] = [];
  vi.stubGlobal("location", new URL("https://pki.example/teams"));
  for (const [name, outcome] of attempts) {
    if (outcome === "other user") {
      forgetProof();
      proveBySession("another");
    }
    vi.stubGlobal("fetch", async (request: Request) => {
      if (new URL(request.url).pathname === "/healthz") return new Response("ok");
      keys.push(request.headers.get("Idempotency-Key"));
      if (outcome === "no response") throw new TypeError("connection lost");
      return Response.json({ name }, { status: outcome === "other user" ? 201 : outcome });
    });
    await rest.createTeam({ ...BASE, body: { name } }).catch(() => undefined);
  }
  return keys;
}

test.each(["no response", 503, 409] as const)(
  "an attempt after %s has the same key, until one is settled",
  async (first) => {
    const [lost, again, next] = await keysOf([
      ["a", first],
      ["a", 201],
      ["a", 201],
    ]);
    expect(again).toBe(lost);
    expect(next).not.toBe(lost);
  },
);

test("another body, and another user, is another request", async () => {
  const [lost, other, mine] = await keysOf([
    ["b", "no response"],
    ["c", 201],
    ["b", "other user"],
  ]);
  expect(new Set([lost, other, mine]).size).toBe(3);
});
