import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export interface Bar {
  key: string;
  label: string;
  value: number;
  /** The value in words, if the number alone is not enough. */
  told?: string;
  isHot?: boolean;
  /** The list of what the bar counts. */
  link?: Pick<LinkProps, "to" | "search">;
}

interface BarChartProps {
  bars: readonly Bar[];
  caption: string;
  from: ReactNode;
  to: ReactNode;
}

/** A histogram, each bar a way to what it counts; the same numbers as a table for those who do not see it. */
export function BarChart({ bars, caption, from, to }: BarChartProps) {
  const highest = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    // Clipped, or the words of the table reach beyond a narrow page
    <div className="relative overflow-clip [overflow-clip-margin:4px]">
      <div className="flex h-24 gap-[3px]">
        {bars.map((bar) => (
          <Column key={bar.key} bar={bar} part={bar.value / highest} />
        ))}
      </div>
      <div aria-hidden className="mt-1.5 flex justify-between text-xs text-muted">
        <span>{from}</span>
        <span>{to}</span>
      </div>
      <table className="sr-only">
        <caption>{caption}</caption>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.key}>
              <th scope="row">{bar.label}</th>
              <td>{bar.told ?? bar.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const COLUMN = "flex min-w-0 flex-1 items-end rounded-sm";

function Column({ bar, part }: { bar: Bar; part: number }) {
  const told = `${bar.label}: ${bar.told ?? bar.value}`;
  const drawn = (
    <span
      data-bar
      className={cn(
        "w-full rounded-sm",
        bar.value === 0 ? "min-h-[1.5px]" : "min-h-1",
        bar.isHot && (bar.value > 0 || bar.told) ? "bg-chart-hot" : "bg-chart",
      )}
      style={{ height: `${part * 100}%` }}
    />
  );
  if (bar.link === undefined || bar.value === 0) {
    return (
      <span aria-hidden title={told} className={COLUMN}>
        {drawn}
      </span>
    );
  }
  return (
    <Link {...bar.link} aria-label={told} title={told} className={cn(COLUMN, "hover:bg-raised")}>
      {drawn}
    </Link>
  );
}
