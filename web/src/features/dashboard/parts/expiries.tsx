import { useTranslation } from "react-i18next";
import type { Span } from "@/api";
import { BarChart } from "@/components/bar-chart";
import { dateOnly } from "@/lib/time";

const HOT_WEEKS = 2;

export function Expiries({ spans }: { spans: readonly Span[] }) {
  const { t, i18n } = useTranslation();
  const day = (time: string | undefined) => dateOnly(new Date(time ?? 0), i18n.language);
  return (
    <div className="rounded-lg border bg-surface p-4">
      <BarChart
        caption={t("dashboard.expiries")}
        bars={spans.map((span, index) => ({
          key: span.start,
          label: t("dashboard.weekOf", { day: day(span.start) }),
          value: span.number,
          isHot: index < HOT_WEEKS,
          link: {
            to: "/certificates",
            search: { state: "valid", expires_from: span.start, expires_before: span.end },
          },
        }))}
        from={t("dashboard.thisWeekEnds", { count: spans[0]?.number ?? 0 })}
        to={day(spans.at(-1)?.end)}
      />
    </div>
  );
}
