import type { ReactNode } from "react";

export interface KeyValue {
  label: string;
  value: ReactNode;
  note?: ReactNode;
}

/** Label and value pairs; a pair without a value is left out. */
export function KeyValues({ pairs }: { pairs: readonly KeyValue[] }) {
  return (
    <dl className="divide-y overflow-hidden rounded-lg border bg-surface">
      {pairs
        .filter((pair) => pair.value !== null && pair.value !== undefined && pair.value !== "")
        .map((pair) => (
          <div key={pair.label} className="grid gap-x-4 px-4 py-2.5 sm:grid-cols-[150px_1fr]">
            <dt className="text-muted">{pair.label}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">
              {pair.value}
              {pair.note && <div className="text-xs text-muted">{pair.note}</div>}
            </dd>
          </div>
        ))}
    </dl>
  );
}
