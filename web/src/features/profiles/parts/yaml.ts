import { parse, parseDocument, stringify } from "yaml";
import type { Profile, ProfileDefinition } from "@/api";
import type { FieldPath } from "../edit/schema";

const STYLE = { lineWidth: 100 } as const;

/** The definition as people edit it: without what the server says about it. */
export function toYaml(profile: Profile): string {
  const { state: _, ...definition } = profile;
  return stringify(definition, STYLE);
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

/** The same text with another value at a path, none for undefined; comments and order stay. The text is sound YAML. */
export function withValue(text: string, path: FieldPath, value: unknown): string {
  const document = parseDocument(text);
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, document.createNode(value));
  return document.toString(STYLE);
}
