import { Panel, PanelRow } from "./page";
import { Badge, type Tone } from "./ui/badge";

/** One thing that was found; `severity` is the server's word. */
export interface Finding {
  severity: string;
  message: string;
  detail: string;
}

const TONES: Readonly<Record<string, Tone>> = {
  fatal: "danger",
  error: "danger",
  warning: "warning",
  notice: "neutral",
  info: "neutral",
};

/** What was found, each with where, by which rule, and how bad it is; nothing where nothing was. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <Panel>
      {findings.map((finding, index) => (
        <PanelRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule may find the same twice
          key={index}
          title={
            <span lang="en" className="text-sm whitespace-normal [overflow-wrap:anywhere]">
              {finding.message}
            </span>
          }
          detail={<span className="[overflow-wrap:anywhere]">{finding.detail}</span>}
          end={<Badge tone={TONES[finding.severity] ?? "neutral"}>{finding.severity}</Badge>}
        />
      ))}
    </Panel>
  );
}
