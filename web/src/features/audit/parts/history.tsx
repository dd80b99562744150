import { useTranslation } from "react-i18next";
import { EndOfList } from "@/components/data-table";
import { type Happening, Timeline } from "@/components/timeline";
import { Skeleton } from "@/components/ui/skeleton";
import { useMay } from "@/features/session";
import { Failure } from "@/shared/answered";
import { useHistory } from "../queries";
import { actionText } from "./action-text";

interface HistoryProps {
  objectId: string;
  /** What will happen to it, the latest first. */
  scheduled?: readonly Happening[];
}

/** What the audit trail knows about one object, below what is scheduled for it. */
export function History({ objectId, scheduled = [] }: HistoryProps) {
  const { t } = useTranslation();
  const may = useMay("audit:read");
  const { question: history, rows, paging } = useHistory(objectId);
  if (may && history.isError) return <Failure question={history} />;
  if (may && !history.data) return <Skeleton className="h-32" />;
  const events = rows.map((event) => ({
    id: `${event.node}-${event.seq}`,
    title: actionText(t, event),
    detail: t("audit.by", { name: event.actor.name, door: event.actor.via }),
    time: event.time,
  }));
  const all = [...scheduled, ...events];
  return (
    <>
      {all.length > 0 && <Timeline label={t("certificates.tab.timeline")} events={all} />}
      {paging.hasMore && <EndOfList paging={paging} count={rows.length} />}
      {!may && <p className="mt-4 text-sm text-muted first:mt-0">{t("audit.notAllowed")}</p>}
      {may && all.length === 0 && <p className="text-sm text-muted">{t("audit.noHistory")}</p>}
    </>
  );
}
