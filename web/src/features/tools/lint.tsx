import { useTranslation } from "react-i18next";
import type { LintedObject } from "@/api";
import { Panel, PanelRow } from "@/components/page";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<string, Tone> = {
  fatal: "danger",
  error: "danger",
  warning: "warning",
  notice: "neutral",
  info: "neutral",
};

/** What is wrong with it, and which clause says so. */
export function LintView({ object }: { object: LintedObject }) {
  const { t } = useTranslation();
  const kind = t(`tools.kind.${object.kind}`);
  return (
    <article>
      <h2 className="mb-2.5 text-base">{kind}</h2>
      {object.findings.length === 0 ? (
        <Badge tone="good">{t("tools.clean")}</Badge>
      ) : (
        <Panel>
          {object.findings.map((finding, index) => (
            <PanelRow
              // biome-ignore lint/suspicious/noArrayIndexKey: a rule may find the same twice
              key={index}
              title={<span className="text-sm whitespace-normal">{finding.message}</span>}
              detail={`${finding.rule} · ${finding.citation}${finding.where ? ` · ${finding.where}` : ""}`}
              end={<Badge tone={TONES[finding.severity] ?? "neutral"}>{finding.severity}</Badge>}
            />
          ))}
        </Panel>
      )}
    </article>
  );
}
