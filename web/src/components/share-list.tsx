import type { ReactNode } from "react";

export interface Share {
  key: string;
  label: ReactNode;
  value: number;
}

const SHOWN = 6;

/** The largest shares of a whole, each with its bar and number. */
export function ShareList({ shares, language }: { shares: readonly Share[]; language: string }) {
  const whole = Math.max(1, ...shares.map((share) => share.value));
  return (
    <ul className="divide-y overflow-hidden rounded-lg border bg-surface">
      {shares.slice(0, SHOWN).map((share) => (
        <li key={share.key} className="relative flex items-center justify-between gap-3 px-4 py-2">
          <span
            aria-hidden
            className="absolute inset-y-0 left-0 bg-accent-soft"
            style={{ width: `${(share.value / whole) * 100}%` }}
          />
          <span className="relative min-w-0 truncate">{share.label}</span>
          <span className="relative text-sm text-muted tabular">{share.value.toLocaleString(language)}</span>
        </li>
      ))}
    </ul>
  );
}
