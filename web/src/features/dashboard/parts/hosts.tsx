import { useTranslation } from "react-i18next";
import type { Node } from "@/api";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { useMay } from "@/features/session";
import { useStatus } from "../queries";

const PRESENT_SECONDS = 30;
const SLOW_SECONDS = 15;

/** The hosts of the installation, if there are several. */
export function Hosts() {
  const { t } = useTranslation();
  const may = useMay("status:read");
  const status = useStatus();
  const nodes = status.data?.nodes ?? [];
  if (!may || nodes.length < 2) return null;
  return (
    <Section title={t("dashboard.hosts")}>
      <Panel>
        {nodes.map((node) => (
          <PanelRow
            key={`${node.name} ${node.last_seen}`}
            title={node.name}
            detail={<Seen node={node} />}
            end={<State node={node} now={status.dataUpdatedAt} />}
          />
        ))}
      </Panel>
    </Section>
  );
}

function Seen({ node }: { node: Node }) {
  const { t } = useTranslation();
  return (
    <>
      {t("dashboard.lastSeen")} <Moment time={node.last_seen} precise />
    </>
  );
}

function State({ node, now }: { node: Node; now: number }) {
  const { t } = useTranslation();
  const silent = now - Date.parse(node.last_seen) > PRESENT_SECONDS * 1000;
  const lag = node.published_lag_seconds;
  if (silent) return <Badge tone="danger">{t("status.away")}</Badge>;
  if (lag !== null && lag > SLOW_SECONDS)
    return <Badge tone="warning">{t("dashboard.statusBehind", { seconds: Math.round(lag) })}</Badge>;
  return <Badge tone="good">{node.leader ? t("dashboard.leader") : t("status.ok")}</Badge>;
}
