import { useTranslation } from "react-i18next";
import { Panel, PanelRow, Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { useStatus } from "../queries";

/** Parts of which there can be several: their prefix, and the word for them. */
const NAMED = [
  ["key_backend:", "backend"],
  ["backup:", "backup"],
] as const;

/** The parts of the installation, and whether they answer. */
export function Running() {
  const { t } = useTranslation();
  const may = useMay("status:read");
  const status = useStatus();
  if (!may) return null;
  const name = (part: string) => {
    const named = NAMED.find(([prefix]) => part.startsWith(prefix));
    return named
      ? t(`dashboard.part.${named[1]}`, { name: part.slice(named[0].length) })
      : t(`dashboard.part.${part}` as "dashboard.part.database", { defaultValue: part });
  };
  const state = (word: string) =>
    word === "ok"
      ? t("status.ok")
      : t(`dashboard.partState.${word}` as "dashboard.partState.full", { defaultValue: t("status.away") });
  return (
    <Section title={t("dashboard.running")}>
      {status.data ? (
        <Panel>
          {status.data.parts.map((part) => (
            <PanelRow
              key={part.name}
              title={name(part.name)}
              detail={part.reason}
              end={<Badge tone={part.state === "ok" ? "good" : "danger"}>{state(part.state)}</Badge>}
            />
          ))}
        </Panel>
      ) : (
        <Skeleton className="h-32" />
      )}
    </Section>
  );
}
