import * as z from "zod/mini";
import { keep, kept, useKept } from "./kept";

/** What was chosen of each column; one that is not named is as it is by default. */
export const columnChoice = z.record(z.string(), z.boolean());
export type ColumnChoice = z.infer<typeof columnChoice>;

const keyOf = (table: string) => `pkim.columns.${table}`;
const read = (found: unknown): ColumnChoice => columnChoice.safeParse(found).data ?? {};

/** Which columns of a table the user wants to see; kept for this browser. */
export function useColumnChoice(table: string, initial: ColumnChoice) {
  const [chosen, choose] = useKept(keyOf(table), read);
  const choice = { ...initial, ...chosen };
  const change = (column: string, visible: boolean) => choose({ ...choice, [column]: visible });
  return [choice, change] as const;
}

export function chosenColumns(table: string): ColumnChoice {
  return read(kept(keyOf(table)));
}

/** A whole choice in the place of the present one. */
export function chooseColumns(table: string, choice: ColumnChoice): void {
  keep(keyOf(table), choice);
}
