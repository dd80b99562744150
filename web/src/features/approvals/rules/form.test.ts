import { expect, test } from "vitest";
import { formOf, NEW_RULE, rulesOf } from "./form";

test("rules survive being edited by nobody", () => {
  const rules = [
    {
      name: "two for keys",
      operation: "key.destroy" as const,
      needed: 2,
      cas: ["Root CA", "Edge CA"],
      roles: ["auditor", "administrator"],
      teams: [],
      expires: "P1D",
      break_glass: false,
    },
  ];
  expect(rulesOf(formOf(rules))).toEqual(rules);
});

test("what an operation cannot be narrowed to is not sent along", () => {
  const [rule] = rulesOf({
    rules: [{ ...NEW_RULE, operation: "approval_rules.change", cas: "Root CA", profiles: "tls" }],
  });
  expect(rule).not.toHaveProperty("cas");
  expect(rule).not.toHaveProperty("profiles");
});

test("a number of people that is none is left for the server to refuse", () => {
  const [rule] = rulesOf({ rules: [{ ...NEW_RULE, needed: "many" }] });
  expect(rule?.needed).toBe(0);
});
