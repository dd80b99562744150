import { expect, test } from "vitest";
import { fromYaml, withValue } from "./yaml";

const TEXT = "# ours\nname: web # short\nvalidity:\n  default: P90D\nkey_types:\n  - RSA-3072\n";

test("a value is changed where it stands; comments and order stay", () => {
  const changed = withValue(TEXT, ["validity", "default"], "P30D");
  expect(changed).toBe(TEXT.replace("P90D", "P30D"));
  expect(withValue(TEXT, ["key_types"], ["Ed25519"])).toBe(TEXT.replace("RSA-3072", "Ed25519"));
});

test("a value that was not there comes, with what is around it, and one that is none goes", () => {
  expect(fromYaml(withValue(TEXT, ["sans", "kinds"], ["DNS"]))).toMatchObject({
    definition: { sans: { kinds: ["DNS"] } },
  });
  expect(withValue(TEXT, ["validity", "default"], undefined)).not.toContain("P90D");
});
