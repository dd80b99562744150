import { expect, test } from "vitest";
import { partsOf } from "../mutations";
import { serialOf } from "./certificates";
import { historyOf } from "./history";
import { readIndex } from "./index-txt";

/** As much of a certificate as is read: version, serial number, and something that tells two apart. */
function certificate(serial: readonly number[], mark = 0): Uint8Array {
  const signed = [0xa0, 3, 2, 1, 2, 2, serial.length, ...serial, 4, 1, mark];
  return Uint8Array.from([0x30, signed.length + 2, 0x30, signed.length, ...signed]);
}

const text = (...lines: string[]) => ({ name: "index.txt", content: new TextEncoder().encode(lines.join("\n")) });

test("lines are valid, revoked and expired, with years of two digits or four", () => {
  const read = readIndex(
    [
      "V\t301231235959Z\t\t1000\tunknown\t/CN=a",
      "R\t491231235959Z\t260102030405Z,superseded\t00AB\tunknown\t/CN=b\\\tc",
      "R\t20501231235959Z\t260102030405Z,keyTime,20251231000000Z\t01\tunknown\t/CN=d\r",
      "E\t500101000000Z\t\t02\tunknown\t/CN=e",
    ].join("\n"),
  );
  expect(read).toEqual([
    { number: 1, state: "V", serial: "1000", expiresAt: "2030-12-31T23:59:59Z" },
    {
      ...{ number: 2, state: "R", serial: "ab", expiresAt: "2049-12-31T23:59:59Z" },
      ...{ revokedAt: "2026-01-02T03:04:05Z", reason: "superseded" },
    },
    {
      ...{ number: 3, state: "R", serial: "1", expiresAt: "2050-12-31T23:59:59Z" },
      ...{ revokedAt: "2026-01-02T03:04:05Z", reason: "keyCompromise", invalidityDate: "2025-12-31T00:00:00Z" },
    },
    { number: 4, state: "E", serial: "2", expiresAt: "1950-01-01T00:00:00Z" },
  ]);
});

test.each([
  ["fields", "V\t301231235959Z\t1000"],
  ["state", "X\t301231235959Z\t\t1000\tunknown\t/CN=a"],
  ["serial", "V\t301231235959Z\t\t00\tunknown\t/CN=a"],
  ["revocation", "V\t301231235959Z\t260102030405Z\t1000\tunknown\t/CN=a"],
  ["reason", "R\t301231235959Z\t260102030405Z,whim\t1000\tunknown\t/CN=a"],
  ["time", "V\t300231235959Z\t\t1000\tunknown\t/CN=a"],
])("a line with a fault tells its number: %s", (rule, line) => {
  expect(readIndex(`# kept by hand\n${line}\n\n`)).toEqual([{ number: 2, rule }]);
});

test("a serial number is read out of DER, and nothing out of what is no certificate", () => {
  expect(serialOf(btoa(String.fromCharCode(...certificate([0, 0xab]))))).toBe("ab");
  expect(serialOf(btoa("0\u0084nonsense"))).toBeUndefined();
  expect(serialOf("!")).toBeUndefined();
});

test("the index says what has become of each certificate, and files without a line count as valid", () => {
  const index = text(
    "V\t301231235959Z\t\t10\tunknown\t/CN=a",
    "V\t301231235959Z\t\t11\tunknown\t/CN=lost",
    "R\t301231235959Z\t260102030405Z\t12\tunknown\t/CN=lost",
    "E\t200101000000Z\t\t13\tunknown\t/CN=gone",
    "V\t301231235959Z\t\t10\tunknown\t/CN=again",
  );
  const files = [
    { name: "a.der", content: certificate([0x10]) },
    { name: "copy.der", content: certificate([0x10]) },
    { name: "forged.der", content: certificate([0x10], 1) },
    { name: "more.der", content: certificate([0x14]) },
    { name: "a.key", content: new TextEncoder().encode("-----BEGIN PRIVATE KEY-----") },
  ];
  const { rows, faults, gone } = historyOf(index, files, "tls-server");
  expect(rows.map(({ certificate: _, ...row }) => row)).toEqual([
    { serial_number: "10", reference: "index.txt:1", profile: "tls-server" },
    {
      ...{ serial_number: "12", reference: "index.txt:3", expires_at: "2030-12-31T23:59:59Z" },
      ...{ revoked_at: "2026-01-02T03:04:05Z", reason: "unspecified" },
    },
    { serial_number: "14", reference: "more.der", profile: "tls-server" },
  ]);
  expect(faults).toEqual([
    { source: "forged.der", rule: "repeated" },
    { source: "index.txt:2", rule: "missing" },
    { source: "index.txt:5", rule: "repeated" },
  ]);
  expect(gone).toBe(1);
});

test("rows go out in portions that a job takes", () => {
  const rows = Array.from({ length: 5_001 }, (_, at) => ({ serial_number: String(at + 1) }));
  expect(partsOf("ca1", rows).map((part) => part.length)).toEqual([5_000, 1]);
  expect(partsOf("ca1", rows)[1]).toEqual(['{"ca":"ca1","serial_number":"5001"}']);
  expect(partsOf("ca1", [])).toEqual([]);
});
