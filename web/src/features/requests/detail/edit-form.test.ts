import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import type { CertificateRequest } from "@/api";
import { editBody, editedRows, editStart } from "./edit-form";

const request = {
  sans: ["DNS:shop.example.test", "IP:10.0.0.7"],
  subject: "CN=shop.example.test",
  profile: "tls-server",
  key_type: "ECDSA-P256",
  key_generated: false,
  plan: { validity: { duration: "P90D" } },
  plan_sha256: "aa",
} as unknown as CertificateRequest;
const t = ((key: string) => key) as unknown as TFunction;

test("an untouched form changes nothing, and neither does another order of the names", () => {
  expect(editBody(editStart(request), request)).toBeUndefined();
  expect(editBody({ ...editStart(request), sans: "10.0.0.7, shop.example.test" }, request)).toBeUndefined();
  expect(editedRows(t, "en", editStart(request), request)).toEqual([]);
});

test("only what is changed is sent, with the plan that was looked at", () => {
  const form = { ...editStart(request), sans: "shop.example.test", validity: "P30D" };
  expect(editBody(form, request)).toEqual({ plan_sha256: "aa", sans: ["DNS:shop.example.test"], validity: "P30D" });
});

test("a subject can be emptied; a key type is chosen only where the key is made here", () => {
  const form = { ...editStart(request), subject: " ", key_type: "RSA-3072" };
  expect(editBody(form, request)).toEqual({ plan_sha256: "aa", subject: "" });
  expect(editBody(form, { ...request, key_generated: true })).toMatchObject({ key_type: "RSA-3072" });
});

test("the changes are told with what stands now and what is to stand", () => {
  const form = { ...editStart(request), sans: "shop.example.test, 10.0.0.8", profile: "mtls" };
  expect(editedRows(t, "en", form, request)).toEqual([
    { label: "certificates.fact.names", before: request.sans, after: ["DNS:shop.example.test", "IP:10.0.0.8"] },
    { label: "requests.profile", before: ["tls-server"], after: ["mtls"] },
  ]);
});
