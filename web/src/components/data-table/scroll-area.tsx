import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { cn } from "@/lib/cn";

interface ScrollAreaProps {
  label: string;
  area: RefObject<HTMLDivElement | null>;
  /** The table alone. */
  children: ReactNode;
}

/**
 * A table that is wider than its place scrolls sideways, also by keyboard, and its scroll bar stays in sight. One that fits scrolls with
 * the page only: then its head can stay at the top of the window.
 */
export function ScrollArea({ label, area, children }: ScrollAreaProps) {
  const width = useExcessWidth(area);
  const bar = useRef<HTMLDivElement>(null);
  const isWide = width !== undefined;
  return (
    <>
      <div
        ref={area}
        {...(isWide && { role: "region", "aria-label": label, tabIndex: 0, onScroll: () => align(bar, area) })}
        // Relative, or the words for screen readers alone reach beyond what scrolls here
        className={cn(
          "relative rounded-lg border bg-surface sm:overflow-x-auto",
          isWide ? "sm:[scrollbar-width:none]" : "xl:overflow-x-clip",
        )}
      >
        {children}
      </div>
      {isWide && (
        <div
          ref={bar}
          aria-hidden
          tabIndex={-1}
          onScroll={() => align(area, bar)}
          className="sticky bottom-0 z-10 overflow-x-auto max-sm:hidden"
        >
          <div className="h-px" style={{ width }} />
        </div>
      )}
    </>
  );
}

/** The width of the table, where it is wider than the area. */
function useExcessWidth(area: RefObject<HTMLDivElement | null>): number | undefined {
  const [width, setWidth] = useState<number>();
  useLayoutEffect(() => {
    const place = area.current;
    const table = place?.firstElementChild;
    if (!place || !table) return;
    const measure = () => setWidth(table.scrollWidth > place.clientWidth ? table.scrollWidth : undefined);
    const observer = new ResizeObserver(measure);
    observer.observe(place);
    observer.observe(table);
    measure();
    return () => observer.disconnect();
  }, [area]);
  return width;
}

function align(moved: RefObject<HTMLElement | null>, by: RefObject<HTMLElement | null>): void {
  if (moved.current && by.current) moved.current.scrollLeft = by.current.scrollLeft;
}
