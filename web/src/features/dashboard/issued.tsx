import { useTranslation } from "react-i18next";
import type { Span } from "@/api";
import { BarChart } from "@/components/bar-chart";
import { dateOnly } from "@/lib/time";

/** How many certificates were made on each day. */
export function Issued({ spans }: { spans: readonly Span[] }) {
  const { t, i18n } = useTranslation();
  const day = (time: string | undefined) => dateOnly(new Date(time ?? 0), i18n.language);
  return (
    <div className="rounded-lg border bg-surface p-4">
      <BarChart
        caption={t("dashboard.issued")}
        bars={spans.map((span) => ({
          key: span.start,
          label: day(span.start),
          value: span.number,
          link: { to: "/certificates", search: { issued_from: span.start, issued_before: span.end } },
        }))}
        from={day(spans[0]?.start)}
        to={t("dashboard.today", { count: spans.at(-1)?.number ?? 0 })}
      />
    </div>
  );
}
