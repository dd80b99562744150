import * as z from "zod/mini";
import type { Rules } from "@/api";

type Rule = Rules[number];

export const OPERATIONS = [
  "certificate.issue",
  "certificate.export_key",
  "certificate.bulk_file",
  "certificate.bulk_revoke",
  "ca.create",
  "ca.install",
  "ca.rotate",
  "ca.cross_sign",
  "ca.resume",
  "ca.retire",
  "ca.revoke",
  "key.destroy",
  "role.change",
  "profile.change",
  "approval_rules.change",
  "clock.accept",
] as const satisfies readonly Rule["operation"][];

const BY_PROFILE: ReadonlySet<string> = new Set(["certificate.issue", "certificate.export_key", "profile.change"]);
const BY_CA: ReadonlySet<string> = new Set([
  "certificate.issue",
  "certificate.export_key",
  "key.destroy",
  ...OPERATIONS.filter((one) => one.startsWith("ca.")),
]);

/** What a rule about an operation can be narrowed to. */
export function narrowing(operation: string): { profiles: boolean; cas: boolean } {
  return { profiles: BY_PROFILE.has(operation), cas: BY_CA.has(operation) };
}

const ruleSchema = z.object({
  name: z.string(),
  operation: z.enum(OPERATIONS),
  needed: z.string(),
  profiles: z.string(),
  cas: z.string(),
  roles: z.string(),
  teams: z.string(),
  expires: z.string(),
  break_glass: z.boolean(),
});

export const schema = z.object({ rules: z.array(ruleSchema) });
export type RulesForm = z.infer<typeof schema>;
export type RuleForm = RulesForm["rules"][number];

export const NEW_RULE: RuleForm = {
  name: "",
  operation: "ca.create",
  needed: "1",
  profiles: "",
  cas: "",
  roles: "",
  teams: "",
  expires: "P7D",
  break_glass: true,
};

export function formOf(rules: Rules): RulesForm {
  return {
    rules: rules.map((rule) => ({
      name: rule.name,
      operation: rule.operation,
      needed: String(rule.needed ?? 1),
      profiles: (rule.profiles ?? []).join(" "),
      cas: (rule.cas ?? []).join("\n"),
      roles: (rule.roles ?? []).join(" "),
      teams: (rule.teams ?? []).join(" "),
      expires: rule.expires ?? NEW_RULE.expires,
      break_glass: rule.break_glass ?? true,
    })),
  };
}

/** As the server wants them; what an operation cannot be narrowed to is left out. A text that is no number becomes 0, which it refuses. */
export function rulesOf({ rules }: RulesForm): Rules {
  return rules.map((rule) => {
    const { profiles, cas } = narrowing(rule.operation);
    return {
      name: rule.name.trim(),
      operation: rule.operation,
      needed: /^\d+$/.test(rule.needed.trim()) ? Number(rule.needed) : 0,
      ...(profiles && { profiles: words(rule.profiles) }),
      ...(cas && { cas: lines(rule.cas) }),
      roles: words(rule.roles),
      teams: words(rule.teams),
      expires: rule.expires.trim(),
      break_glass: rule.break_glass,
    };
  });
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
