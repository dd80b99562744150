import { cva } from "class-variance-authority";
import { Circle, CircleCheck, Diamond, OctagonX } from "lucide-react";
import type { ReactNode } from "react";

export type Tone = "good" | "warning" | "danger" | "neutral" | "accent";

const look = cva(
  "inline-flex max-w-full items-center gap-1.5 whitespace-nowrap rounded-full px-2 py-px text-xs font-medium [&_svg]:size-3 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        good: "bg-good-bg text-good",
        warning: "bg-warning-bg text-warning",
        danger: "bg-danger-bg text-danger",
        neutral: "bg-neutral-bg text-neutral",
        accent: "bg-accent-soft text-accent",
      },
    },
  },
);

const ICONS = { good: CircleCheck, warning: Diamond, danger: OctagonX, neutral: Circle, accent: Circle };

/** A state: icon and word and colour, so that none of them has to be seen alone. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  const Icon = ICONS[tone];
  return (
    <span className={look({ tone })}>
      <Icon aria-hidden strokeWidth={2.5} />
      <span className="truncate">{children}</span>
    </span>
  );
}
