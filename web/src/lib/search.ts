import * as z from "zod/mini";

/** A parameter of a URL: whatever does not fit counts as not given, for people edit addresses. */
export function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.optional(schema), undefined as z.output<z.ZodMiniOptional<Schema>>);
}
