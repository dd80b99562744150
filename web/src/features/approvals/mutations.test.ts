import { beforeEach, expect, test, vi } from "vitest";
import { type Approval, rest, submitRows } from "@/api";
import { carryOut } from "./mutations";

vi.mock("@/api", () => ({
  submitRows: vi.fn(),
  rest: {
    createCa: vi.fn(),
    rotateCa: vi.fn(),
    changeApprovalRules: vi.fn(),
    revokeByKey: vi.fn(),
    retireProfile: vi.fn(),
  },
}));

const NO_VALIDITY = { duration: null, not_before: null, not_after: null };
const approval = (operation: Approval["operation"], body: object, changes: Partial<Approval> = {}) =>
  ({ operation, body, object: "o1", object_kind: "ca", ...changes }) as Approval;

beforeEach(() => vi.clearAllMocks());

test("an authority is asked for with the frozen fields and no others", () => {
  carryOut(
    approval("ca.create", {
      operation: "ca.create",
      object: { kind: "ca", id: "Edge" },
      name: "Edge",
      subject: "CN=Edge",
      key_type: "ECDSA-P256",
      signature_algorithm: null,
      parent: "Root CA",
      path_length: 0,
      permitted: ["DNS:example.com"],
      excluded: [],
      policies: [{ oid: "1.3.6.1.4.1.99999.1", cps: "https://pki.example.com/cps" }],
      validity: { ...NO_VALIDITY, duration: "P5Y" },
      backend: null,
      key: null,
      external_parent: false,
    }),
  )?.();
  expect(rest.createCa).toHaveBeenCalledWith({
    body: {
      name: "Edge",
      subject: "CN=Edge",
      key_type: "ECDSA-P256",
      parent: "Root CA",
      path_length: 0,
      external_parent: false,
      policies: [{ oid: "1.3.6.1.4.1.99999.1", cps: "https://pki.example.com/cps" }],
      name_constraints: { permitted: ["DNS:example.com"], excluded: [] },
      validity: "P5Y",
    },
  });
});

test("rules are asked for against the version that was edited", () => {
  carryOut(approval("approval_rules.change", { version: 4, rules: [] }))?.();
  expect(rest.changeApprovalRules).toHaveBeenCalledWith({ body: { version: 3, rules: [] } });
});

test("a bulk revocation whose rows were all kept is sent again; a longer one has to be brought again", () => {
  const rows = [{ certificate: "c1", reason: "superseded" }, { certificate: "c2" }];
  const bulk = (number: number) =>
    approval("certificate.bulk_revoke", { action: "revoke", rows: number, first: rows }, { object_kind: "bulk" });
  carryOut(bulk(2))?.();
  expect(submitRows).toHaveBeenCalledWith(
    "revoke",
    '{"certificate":"c1","reason":"superseded"}\n{"certificate":"c2"}',
    "ndjson",
  );
  expect(carryOut(bulk(200))).toBeUndefined();
});

test("revoking by key names the key; retiring a profile needs no body", () => {
  carryOut(
    approval("certificate.bulk_revoke", { reason: "keyCompromise" }, { object: "ab12", object_kind: "key" }),
  )?.();
  expect(rest.revokeByKey).toHaveBeenCalledWith(
    expect.objectContaining({ body: { key: "ab12", reason: "keyCompromise" } }),
  );
  carryOut(approval("profile.change", { verb: "retire", definition: {} }, { object: "old" }))?.();
  expect(rest.retireProfile).toHaveBeenCalledWith({ path: { profile: "old" } });
});
