import { expect, test } from "vitest";
import type { Approval, Me } from "@/api";
import { decisionsOn } from "./may";

const act = (changes: Partial<Approval> = {}, given: readonly string[] = [], break_glass = true) =>
  ({
    state: "waiting",
    requested_by: "token-1",
    authors: ["ann"],
    approvals: { given: given.map((by) => ({ by })), rules: [{ rule: "two pairs of eyes", break_glass }] },
    ...changes,
  }) as unknown as Approval;
const me = (id: string, ...permissions: string[]) => ({ id, user: null, permissions }) as unknown as Me;

test("an approver may approve or reject what others want done", () => {
  expect(decisionsOn(act(), me("bob", "approval:approve"))).toEqual(["approve", "reject"]);
});

test("who shaped an act can only call it off, by whichever token it was asked for", () => {
  expect(decisionsOn(act(), me("token-1", "approval:approve"))).toEqual(["cancel"]);
  expect(decisionsOn(act(), me("ann", "approval:approve"))).toEqual(["cancel"]);
});

test("consent can be withdrawn until it is done", () => {
  expect(decisionsOn(act({ state: "approved" }, ["bob"]), me("bob", "approval:approve"))).toEqual([
    "withdraw",
    "reject",
  ]);
  expect(decisionsOn(act({ state: "executed" }, ["bob"]), me("bob", "approval:approve"))).toEqual([]);
});

test("the glass is broken by administrators alone, while it waits, and where every rule allows it", () => {
  const admin = me("root", "approval:override");
  expect(decisionsOn(act(), admin)).toEqual(["override"]);
  expect(decisionsOn(act({}, [], false), admin)).toEqual([]);
  expect(decisionsOn(act({ state: "approved" }), admin)).toEqual([]);
});
