import type { FieldSchema } from "../queries";

/** How a field is filled in; `other` is left to the text. */
export type Shape = "group" | "choice" | "choices" | "flag" | "number" | "text" | "lines" | "other";

/** Without the null that a field may have instead. */
export function plain(schema: FieldSchema): FieldSchema {
  const real = schema.anyOf?.find((one) => one.type !== "null");
  return real === undefined ? schema : { ...schema, ...real };
}

export function shapeOf(schema: FieldSchema): Shape {
  const { type, items, properties } = schema;
  if (type === "object") return properties ? "group" : "other";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return "number";
  if (type === "string") return schema.enum ? "choice" : "text";
  if (type !== "array" || items?.type !== "string") return "other";
  return items.enum ? "choices" : "lines";
}

export type FieldPath = readonly string[];

/** The value at a path; undefined where there is none. */
export function valueAt(definition: unknown, path: FieldPath): unknown {
  let value = definition;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** What was typed for a number: a number where it is one, else the text, about which the check speaks; nothing for none. */
export function numberOf(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** One value a line; empty lines are none. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
