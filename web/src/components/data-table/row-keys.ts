import { type RefObject, useEffect } from "react";
import { isTyping } from "@/lib/use-shortcuts";

/** j and k move between rows, x selects; Enter is the focused link's own. */
export function useRowKeys(body: RefObject<HTMLTableSectionElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const rows = [...(body.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      if (event.key === "j") focusRow(rows[at + 1]);
      if (event.key === "k") focusRow(rows[Math.max(0, at - 1)]);
      if (event.key === "x") rows[at]?.querySelector<HTMLElement>("[data-row-select]")?.click();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [body]);
}

function focusRow(row: HTMLElement | undefined): void {
  row?.querySelector<HTMLElement>("a, button")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}
