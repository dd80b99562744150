import { useTranslation } from "react-i18next";
import type { Span } from "@/api";
import { type Bar, BarChart } from "@/components/bar-chart";
import { dateOnly } from "@/lib/time";

interface ByDayProps {
  caption: string;
  spans: readonly Span[];
  /** The list of what was counted between two times. */
  listOf: (from: string, before: string) => Bar["link"];
}

/** How many certificates something happened to on each day. */
export function ByDay({ caption, spans, listOf }: ByDayProps) {
  const { t, i18n } = useTranslation();
  const day = (time: string | undefined) => dateOnly(new Date(time ?? 0), i18n.language);
  return (
    <div className="rounded-lg border bg-surface p-4">
      <BarChart
        caption={caption}
        bars={spans.map((span) => ({
          key: span.start,
          label: day(span.start),
          value: span.number,
          link: listOf(span.start, span.end),
        }))}
        from={day(spans[0]?.start)}
        to={t("dashboard.today", { count: spans.at(-1)?.number ?? 0 })}
      />
    </div>
  );
}
