import * as z from "zod/mini";
import { chooseColumns, chosenColumns, columnChoice } from "./column-choice";
import { useKept } from "./kept";

export const LONGEST_NAME = 60;

/** Filters and columns of a table under a name. `search` is as in the URL, and is validated when it is used. */
const savedView = z.object({
  name: z.string().check(z.minLength(1), z.maxLength(LONGEST_NAME)),
  search: z.record(z.string(), z.unknown()),
  columns: columnChoice,
});
const savedViews = z.array(savedView);
export type SavedView = z.infer<typeof savedView>;

const read = (found: unknown): SavedView[] => savedViews.safeParse(found).data ?? [];

/** The views of a table, by name; kept for this browser. */
export function useSavedViews(table: string) {
  const [views, keepAll] = useKept(`pkim.views.${table}`, read);
  const others = (name: string) => views.filter((view) => view.name !== name);
  return {
    views,
    /** As the table is now; a view of the same name is replaced. */
    save: (name: string, search: SavedView["search"]) => {
      const view = { name, search, columns: chosenColumns(table) };
      keepAll([...others(name), view].sort((one, other) => one.name.localeCompare(other.name)));
    },
    forget: (name: string) => keepAll(others(name)),
    showColumns: (view: SavedView) => chooseColumns(table, view.columns),
  };
}
