import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard, NearEnd } from "@/api";
import { startI18n } from "@/lib/i18n";
import { needsOf } from "./needs-of";

const NOW = "2026-11-27T12:00:00Z";
const IN_A_DAY = "2026-11-28T12:00:00Z";
const IN_A_YEAR = "2027-11-27T12:00:00Z";
const ca = { id: "01a2", name: "Issuing CA", state: "active", not_after: IN_A_YEAR, next_update: IN_A_YEAR };
const data = { as_of: NOW, cas: [ca], ending: [], failed_jobs: 0 } as unknown as Dashboard;
const end = (kind: NearEnd["kind"], name: string | null = "Issuing CA"): NearEnd => ({
  kind,
  ca: name,
  ends_at: IN_A_DAY,
});

beforeAll(() => startI18n());

const keysOf = (ends: NearEnd[], dashboard = data) =>
  needsOf(i18next.t, dashboard, { count: 0, more: false }, "en", ends).map((need) => need.key);

test("a CRL, an OCSP signing certificate, and a TLS certificate that are overdue are open tasks", () => {
  expect(keysOf([end("crl"), end("ocsp_signer"), end("tls", null)])).toEqual(["crl-01a2", "ocsp_signer-01a2", "tls"]);
  expect(keysOf([])).toEqual([]);
});

test("a CRL that the dashboard reports too is one task", () => {
  const soon = { ...data, cas: [{ ...ca, next_update: "2026-11-27T13:00:00Z" }] } as unknown as Dashboard;
  expect(keysOf([end("crl")], soon)).toEqual(["crl-01a2"]);
});

test("a CA that the caller cannot read is no task", () => {
  expect(keysOf([end("ocsp_signer", "Other CA")])).toEqual([]);
});
