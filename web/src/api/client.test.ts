import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startClient } from "./client";
import { rest, toApiError } from "./index";
import { askForProof, currentProof, forgetProof, onProofNeeded, onSessionEnd, proveBySession } from "./session";

const unknown = () =>
  new Response(JSON.stringify({ code: "unauthenticated", status: 401, title: "", detail: "", errors: [] }), {
    status: 401,
    headers: { "Content-Type": "application/problem+json" },
  });
const ended = vi.fn();
let forget: () => void;

beforeAll(startClient);

beforeEach(() => {
  vi.stubGlobal("location", new URL("https://pki.example/account"));
  ended.mockReset();
  forget = onSessionEnd(ended);
  forgetProof();
});

afterEach(() => {
  forget();
  vi.unstubAllGlobals();
});

/** Requests the current user, in a session whose server returns 401 after `meanwhile`. */
async function askUnknown(meanwhile: () => void): Promise<void> {
  proveBySession("of-the-session-before");
  vi.stubGlobal("fetch", async () => {
    meanwhile();
    return unknown();
  });
  await rest.getMe({ baseUrl: "https://pki.example/api/v1" }).catch(() => undefined);
}

test("a session that the server does not know any more has ended", async () => {
  await askUnknown(() => {});
  expect(ended).toHaveBeenCalledOnce();
  expect(currentProof()).toEqual({});
});

test("a late answer to who was here before leaves the session of who is here now alone", async () => {
  await askUnknown(() => {
    forgetProof();
    proveBySession("of-this-session");
  });
  expect(ended).not.toHaveBeenCalled();
  expect(currentProof()).toEqual({ csrf: "of-this-session" });
});

test("when nobody is signed in, nothing ends", async () => {
  await askUnknown(forgetProof);
  expect(ended).not.toHaveBeenCalled();
});

const proofNeeded = () =>
  new Response(
    JSON.stringify({ code: "fresh_authentication_required", status: 403, title: "", detail: "", errors: [] }),
    { status: 403, headers: { "Content-Type": "application/problem+json" } },
  );
const BASE = { baseUrl: "https://pki.example/api/v1" } as const;

/** Calls an API that requires re-authentication until the CSRF token changes; returns what was sent. */
async function createRole(prove: () => Promise<boolean>) {
  const sent: { csrf: string | null; body: string }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push({ csrf: request.headers.get("X-CSRF-Token"), body: await request.text() });
    return sent.length === 1 ? proofNeeded() : Response.json({ name: "edge" }, { status: 201 });
  });
  proveBySession("old");
  const end = onProofNeeded(prove);
  const answer = rest.createRole({ ...BASE, body: { name: "edge", permissions: [] } });
  const result = await answer.then(({ data }) => data, toApiError);
  end();
  return { sent, result };
}

test("a request that needs recent authentication continues by itself, with the same body and the new CSRF token", async () => {
  const { sent, result } = await createRole(async () => {
    proveBySession("new");
    return true;
  });
  expect(result).toMatchObject({ name: "edge" });
  expect(sent.map((one) => one.csrf)).toEqual(["old", "new"]);
  expect(sent[1]?.body).toBe(sent[0]?.body);
});

test("a user who does not confirm their identity gets the refusal, and nothing is sent again", async () => {
  const { sent, result } = await createRole(async () => false);
  expect(result).toMatchObject({ code: "fresh_authentication_required" });
  expect(sent).toHaveLength(1);
});

test("requests that wait at the same time ask once", async () => {
  const ask = vi.fn(async () => true);
  const end = onProofNeeded(ask);
  expect(await Promise.all([askForProof(), askForProof()])).toEqual([true, true]);
  expect(ask).toHaveBeenCalledOnce();
  end();
});
