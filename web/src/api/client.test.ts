import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startClient } from "./client";
import { rest } from "./index";
import { currentProof, forgetProof, onSessionEnd, proveBySession } from "./session";

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

/** Asks who one is, in a session whose server answers 401 when `meanwhile` is over. */
async function askUnknown(meanwhile: () => void): Promise<void> {
  proveBySession("of-the-session-before");
  vi.stubGlobal("fetch", async () => {
    meanwhile();
    return unknown();
  });
  await rest.getMe({ baseUrl: "https://pki.example/api/v1", throwOnError: true }).catch(() => undefined);
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
