import { useState } from "react";

/** Which columns of a table the user wants to see; kept for this browser. */
export function useColumnChoice(table: string, initial: Record<string, boolean>) {
  const key = `pkim.columns.${table}`;
  const [choice, setChoice] = useState<Record<string, boolean>>(() => {
    try {
      return { ...initial, ...JSON.parse(localStorage.getItem(key) ?? "{}") };
    } catch {
      return initial;
    }
  });
  const change = (column: string, visible: boolean) => {
    const next = { ...choice, [column]: visible };
    localStorage.setItem(key, JSON.stringify(next));
    setChoice(next);
  };
  return [choice, change] as const;
}
