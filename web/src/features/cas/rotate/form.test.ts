import { expect, test } from "vitest";
import { ROTATION_START, rotationBody, switchFault } from "./form";

const NOW = new Date("2026-11-24T12:00:00Z");
const later = (switch_at: string) => ({ ...ROTATION_START, switch_at });

test("a time is asked for, and has to lie ahead; at once needs none", () => {
  expect(switchFault(later(""), NOW)).toBe("atMissing");
  expect(switchFault(later("2026-11-20T10:00"), NOW)).toBe("atPast");
  expect(switchFault(later("2026-12-24T10:00"), NOW)).toBeUndefined();
  expect(switchFault({ ...ROTATION_START, when: "now" }, NOW)).toBeUndefined();
});

test("what stays as it is, is not sent", () => {
  expect(rotationBody({ ...ROTATION_START, when: "now" })).toEqual({});
  const body = rotationBody({ ...later("2026-12-24T10:00"), key_type: "ECDSA-P384", cross_certify: true });
  expect(body).toEqual({
    key_type: "ECDSA-P384",
    cross_certify: true,
    switch_at: new Date("2026-12-24T10:00").toISOString(),
  });
});
