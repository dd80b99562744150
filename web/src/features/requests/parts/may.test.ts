import { expect, test } from "vitest";
import type { CertificateRequest, Me } from "@/api";
import { actsOn, mayEdit } from "./may";

const request = (
  changes: Partial<CertificateRequest> = {},
  given: readonly string[] = [],
  authors: readonly string[] = [changes.requested_by ?? "ann"],
) =>
  ({
    state: "awaiting_approval",
    requested_by: "ann",
    approvals: { authors, given: given.map((by) => ({ by })) },
    ...changes,
  }) as CertificateRequest;
const me = (id: string, ...permissions: string[]) => ({ id, user: null, permissions }) as unknown as Me;
const approver = (id = "bob") => me(id, "request:submit", "request:approve");

test("an approver may approve or reject what others asked for", () => {
  expect(actsOn(request(), approver())).toEqual(["approve", "reject"]);
});

test("nobody is offered to approve his own, also when he asked by a token's user", () => {
  expect(actsOn(request(), approver("ann"))).toEqual(["cancel"]);
  const byToken = { ...approver("token"), user: { id: "ann" } } as Me;
  expect(actsOn(request({ requested_by: "user:ann" }), byToken)).toEqual(["cancel"]);
});

test("who has approved may withdraw it, also while it is ready", () => {
  expect(actsOn(request({}, ["bob"]), approver())).toEqual(["withdraw", "reject"]);
  expect(actsOn(request({ state: "ready" }, ["bob"]), approver())).toEqual(["withdraw", "reject"]);
});

test("who has changed it cannot approve it, and can still reject it", () => {
  expect(actsOn(request({}, [], ["ann", "bob"]), approver())).toEqual(["reject"]);
});

test("who asked and who approves may change it, while it waits", () => {
  expect(mayEdit(request(), approver())).toBe(true);
  expect(mayEdit(request({ state: "ready" }), me("ann", "request:submit"))).toBe(true);
  expect(mayEdit(request(), me("eve", "request:submit"))).toBe(false);
  expect(mayEdit(request({ state: "issued" }), approver())).toBe(false);
  expect(mayEdit(request(), undefined)).toBe(false);
});

test("where nobody has to approve, there is nothing to reject", () => {
  expect(actsOn(request({ state: "ready", approvals: null }), approver())).toEqual([]);
});

test("without the permission, or once it is over, nothing is offered", () => {
  expect(actsOn(request(), me("eve", "request:read"))).toEqual([]);
  expect(actsOn(request(), undefined)).toEqual([]);
  expect(actsOn(request({ state: "issued" }, ["bob"]), approver())).toEqual([]);
  expect(actsOn(request({ state: "rejected" }), approver("ann"))).toEqual([]);
});
