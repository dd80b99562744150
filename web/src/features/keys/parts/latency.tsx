import { useTranslation } from "react-i18next";
import type { Backend } from "@/api";
import { BarChart } from "@/components/bar-chart";
import { Section } from "@/components/page";
import { timeOnly } from "@/lib/time";
import { type MinuteBar, minutesOfHour } from "./minutes";

/** The signing time of each backend by minute; nothing without signatures. */
export function Latencies({ backends }: { backends: readonly Backend[] }) {
  const { t } = useTranslation();
  const asked = backends.filter((backend) => backend.use.minutes.length > 0);
  if (asked.length === 0) return null;
  return (
    <Section title={t("keys.latency")}>
      <div className="grid gap-4 lg:grid-cols-2">
        {asked.map((backend) => (
          <Latency key={backend.name} backend={backend} />
        ))}
      </div>
    </Section>
  );
}

function Latency({ backend }: { backend: Backend }) {
  const { t, i18n } = useTranslation();
  const bars = minutesOfHour(backend.use.minutes, new Date());
  const told = ({ milliseconds, slowest, signatures, failures }: MinuteBar) => {
    const signed = milliseconds !== null && t("keys.signed", { count: signatures, milliseconds, slowest });
    return (
      [signed, failures > 0 && t("keys.failed", { count: failures })].filter(Boolean).join(" · ") || t("keys.idle")
    );
  };
  const median = backend.use.milliseconds;
  return (
    <div className="min-w-0 rounded-lg border bg-surface p-4">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span className="font-medium">{backend.name}</span>
        {median !== null && <span className="tabular text-muted">{t("keys.median", { milliseconds: median })}</span>}
      </div>
      <BarChart
        caption={t("keys.latencyOf", { name: backend.name })}
        bars={bars.map((bar) => ({
          key: bar.start.toISOString(),
          label: timeOnly(bar.start, i18n.language),
          value: bar.milliseconds ?? 0,
          told: told(bar),
          isHot: bar.failures > 0,
        }))}
        from={t("keys.hourAgo")}
        to={t("keys.now")}
      />
      {backend.use.last_error && backend.use.last_error_at && (
        <p className="mt-3 text-xs text-muted break-words">
          {t("keys.lastError", { when: timeOnly(new Date(backend.use.last_error_at), i18n.language) })}{" "}
          <span lang="en">{backend.use.last_error}</span>
        </p>
      )}
    </div>
  );
}
