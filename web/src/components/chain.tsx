import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export interface Link {
  id: string;
  title: ReactNode;
  detail: ReactNode;
  status?: ReactNode;
  isCurrent?: boolean;
}

/** A path of trust, the root on top. */
export function Chain({ links, label }: { links: readonly Link[]; label: string }) {
  return (
    <ol aria-label={label}>
      {links.map((link, index) => (
        <li key={link.id}>
          {index > 0 && <div aria-hidden className="ml-6 h-4 w-px bg-border-strong" />}
          <div
            className={cn("rounded-md border bg-surface px-3.5 py-2.5", link.isCurrent && "border-accent")}
            aria-current={link.isCurrent}
          >
            <div className="flex flex-wrap items-center justify-between gap-2">
              <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{link.title}</span>
              {link.status}
            </div>
            <div className="text-xs text-muted">{link.detail}</div>
          </div>
        </li>
      ))}
    </ol>
  );
}
