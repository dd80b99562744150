import { useTranslation } from "react-i18next";
import { Panel, PanelRow, Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { useStatus } from "../queries";

const BACKEND = "key_backend:";

/** The parts of the installation, and whether they answer. */
export function Running() {
  const { t } = useTranslation();
  const may = useMay("status:read");
  const status = useStatus();
  if (!may) return null;
  const name = (part: string) =>
    part.startsWith(BACKEND)
      ? t("dashboard.part.backend", { name: part.slice(BACKEND.length) })
      : t(`dashboard.part.${part}` as "dashboard.part.database", { defaultValue: part });
  return (
    <Section title={t("dashboard.running")}>
      {status.data ? (
        <Panel>
          {status.data.parts.map((part) => (
            <PanelRow
              key={part.name}
              title={name(part.name)}
              detail={part.reason}
              end={
                <Badge tone={part.state === "ok" ? "good" : "danger"}>
                  {part.state === "ok" ? t("status.ok") : t("status.away")}
                </Badge>
              }
            />
          ))}
        </Panel>
      ) : (
        <Skeleton className="h-32" />
      )}
    </Section>
  );
}
