import { useTranslation } from "react-i18next";
import { Timeline } from "@/components/timeline";
import { Skeleton } from "@/components/ui/skeleton";
import { Failure } from "@/features/answered";
import { useMay } from "@/features/session";
import { actionText } from "./action-text";
import { useHistory } from "./queries";

/** What the audit trail knows about one object. */
export function History({ objectId }: { objectId: string }) {
  const { t } = useTranslation();
  const may = useMay("audit:read");
  const history = useHistory(objectId);
  if (!may) return <p className="text-sm text-muted">{t("audit.notAllowed")}</p>;
  if (history.isError) return <Failure question={history} />;
  if (!history.data) return <Skeleton className="h-32" />;
  const events = history.data.items.map((event) => ({
    id: `${event.node}-${event.seq}`,
    title: actionText(t, event),
    detail: t("audit.by", { name: event.actor.name, door: event.actor.via }),
    time: event.time,
  }));
  return events.length > 0 ? (
    <Timeline label={t("certificates.tab.timeline")} events={events} />
  ) : (
    <p className="text-sm text-muted">{t("audit.noHistory")}</p>
  );
}
