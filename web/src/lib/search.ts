import * as z from "zod/mini";

/** A parameter of a URL. An invalid value counts as missing, because people edit URLs. */
export function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.optional(schema), undefined as z.output<z.ZodMiniOptional<Schema>>);
}

/** The parameters of a URL that a page knows. The router also keeps the others, such as those that a mail program adds. */
export function known<Schema extends z.ZodMiniType>(schema: Schema, search: unknown): z.output<Schema> {
  return z.parse(schema, search);
}

/** What a page with filters gets from its route. */
export interface SearchProps<Search> {
  search: Search;
  onSearch: (changed: Partial<Search>) => void;
}

/** A change that removes every filter. */
export function cleared<Search extends object>(search: Search): Partial<Search> {
  return Object.fromEntries(Object.keys(search).map((name) => [name, undefined])) as Partial<Search>;
}

/** Whether a list is filtered, and a function that removes every filter. */
export function filtering<Search extends object>({ search, onSearch }: SearchProps<Search>) {
  const isOn = Object.values(search).some((value) => value !== undefined && value !== "");
  return { isOn, onClear: () => onSearch(cleared(search)) };
}
