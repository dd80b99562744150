import { parse, stringify } from "yaml";
import type { Profile, ProfileDefinition } from "@/api";

/** The definition as people edit it: without what the server says about it. */
export function toYaml(profile: Profile): string {
  const { state: _, ...definition } = profile;
  return stringify(definition, { lineWidth: 100 });
}

/** The definition in the text, or what is wrong with the YAML. */
export function fromYaml(text: string): { definition: ProfileDefinition } | { fault: string } {
  try {
    const value: unknown = parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return { fault: "" };
    return { definition: value as ProfileDefinition };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "" };
  }
}
