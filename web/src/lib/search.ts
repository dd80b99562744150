import * as z from "zod/mini";

/** A parameter of a URL: whatever does not fit counts as not given, for people edit addresses. */
export function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.optional(schema), undefined as z.output<z.ZodMiniOptional<Schema>>);
}

/** The parameters of a URL that a page knows. The router also keeps the others, such as those that a mail program adds. */
export function known<Schema extends z.ZodMiniType>(schema: Schema, search: z.input<Schema>): z.output<Schema> {
  return z.parse(schema, search);
}
