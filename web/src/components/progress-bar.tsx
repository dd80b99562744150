/** How far long work has come. `label` says the same in words, for readers who do not see the bar. */
export function ProgressBar({ label, passed, total }: { label: string; passed: number; total: number }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={passed}
      className="mt-2.5 h-1.5 overflow-hidden rounded-full bg-neutral-bg"
    >
      <div className="h-full rounded-full bg-chart" style={{ width: `${(passed / Math.max(1, total)) * 100}%` }} />
    </div>
  );
}
