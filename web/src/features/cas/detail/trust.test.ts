import { expect, test } from "vitest";
import type { Ca } from "@/api";
import { findDistrust } from "./trust";

const NOW = new Date("2026-11-27T12:00:00Z");
const ca = (id: string, changes: Partial<Ca> = {}) =>
  ({ id, name: id, state: "active", parent: null, not_after: "2036-01-01T00:00:00Z", ...changes }) as Ca;

test("an active CA below an active root is trusted, also when it is retired", () => {
  const all = [ca("root"), ca("issuing", { parent: "root" }), ca("old", { parent: "root", state: "retired" })];
  for (const one of all) expect(findDistrust(one, all, NOW)).toBeUndefined();
});

test.each(["pending", "suspended", "revoked", "expired"] as const)("a CA that is %s says so itself", (state) => {
  const one = ca("one", { state, parent: "root" });
  expect(findDistrust(one, [ca("root"), one], NOW)).toEqual({ state, ca: one });
});

test.each(["revoked", "expired"] as const)("below a CA that is %s nothing is trusted", (state) => {
  const [root, policy] = [ca("root"), ca("policy", { parent: "root", state })];
  const issuing = ca("issuing", { parent: "policy" });
  expect(findDistrust(issuing, [root, policy, issuing], NOW)).toEqual({ state, ca: policy });
});

test("a suspended parent only stops issuing", () => {
  const issuing = ca("issuing", { parent: "root" });
  expect(findDistrust(issuing, [ca("root", { state: "suspended" }), issuing], NOW)).toBeUndefined();
});

test("past its end a CA is expired, whatever was recorded", () => {
  const one = ca("one", { not_after: "2026-11-01T00:00:00Z" });
  expect(findDistrust(one, [one], NOW)?.state).toBe("expired");
});
