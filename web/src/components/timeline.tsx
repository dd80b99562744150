import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Moment } from "./moment";

export interface Happening {
  id: string;
  title: ReactNode;
  detail?: ReactNode;
  time: string;
  /** Has not happened yet. */
  isScheduled?: boolean;
}

/** What happened, the latest on top. */
export function Timeline({ events, label }: { events: readonly Happening[]; label: string }) {
  return (
    <ol aria-label={label} className="ml-1.5">
      {events.map((event) => (
        <li
          key={event.id}
          className="relative border-l border-border-strong pb-4 pl-5 last:border-transparent last:pb-0"
        >
          <span
            aria-hidden
            className={cn(
              "absolute top-1.5 -left-[4.5px] size-2 rounded-full border-2 border-border-strong bg-background",
              event.isScheduled && "border-dashed border-accent",
            )}
          />
          <div className="font-medium [overflow-wrap:anywhere]">{event.title}</div>
          <div className="text-xs text-muted">
            <Moment time={event.time} precise />
            {event.detail && <span> · {event.detail}</span>}
          </div>
        </li>
      ))}
    </ol>
  );
}
