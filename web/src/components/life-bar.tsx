import { useTranslation } from "react-i18next";
import { dateOnly } from "@/lib/time";

interface LifeBarProps {
  from: string;
  until: string;
  renewFrom?: Date | undefined;
  wide?: boolean;
}

/** A life as one bar: issued, now, the renewal window where there is one, the end. */
export function LifeBar({ from, until, renewFrom, wide = false }: LifeBarProps) {
  const { t, i18n } = useTranslation();
  const start = Date.parse(from);
  const length = Math.max(1, Date.parse(until) - start);
  const part = (time: number) => Math.min(100, Math.max(0, ((time - start) / length) * 100));
  const now = part(Date.now());
  const told = t("common.life", {
    percent: Math.round(now),
    from: dateOnly(new Date(from), i18n.language),
    until: dateOnly(new Date(until), i18n.language),
  });
  return (
    <span
      role="img"
      aria-label={told}
      title={told}
      className={`relative inline-block h-1 rounded-full bg-neutral-bg align-middle ${wide ? "w-full" : "w-16"}`}
    >
      <span className="absolute inset-y-0 left-0 rounded-full bg-chart" style={{ width: `${now}%` }} />
      {renewFrom && (
        <span className="absolute inset-y-0 right-0 bg-chart-hot" style={{ left: `${part(renewFrom.getTime())}%` }} />
      )}
      <span className="absolute -top-[3px] h-2.5 w-0.5 rounded-full bg-text" style={{ left: `calc(${now}% - 1px)` }} />
    </span>
  );
}
