import type { ReactNode } from "react";

export interface Bar {
  key: string;
  label: string;
  value: number;
  isHot?: boolean;
}

interface BarChartProps {
  bars: readonly Bar[];
  caption: string;
  from: ReactNode;
  to: ReactNode;
}

const WIDTH = 600;
const HEIGHT = 96;
const GAP = 3;

/** A histogram; the same numbers as a table for those who do not see it. */
export function BarChart({ bars, caption, from, to }: BarChartProps) {
  const highest = Math.max(1, ...bars.map((bar) => bar.value));
  const step = WIDTH / bars.length;
  return (
    <div>
      <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="h-24 w-full" preserveAspectRatio="none">
        {bars.map((bar, index) => {
          const height = bar.value === 0 ? 1.5 : Math.max(4, (bar.value / highest) * HEIGHT);
          return (
            <rect
              key={bar.key}
              x={index * step}
              y={HEIGHT - height}
              width={step - GAP}
              height={height}
              rx={2}
              className={bar.isHot && bar.value > 0 ? "fill-chart-hot" : "fill-chart"}
            >
              <title>{`${bar.label}: ${bar.value}`}</title>
            </rect>
          );
        })}
      </svg>
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
              <td>{bar.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
