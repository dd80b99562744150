import { useTranslation } from "react-i18next";
import type { AuditEvent } from "@/api";
import { HexText } from "@/components/hex-text";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Dialog } from "@/components/ui/dialog";
import { actionText } from "./action-text";
import { outcomeText } from "./words";

/** One event, whole: also the links that tie it into its chain. */
export function EventDialog({ event, onClose }: { event: AuditEvent; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open wide onOpenChange={onClose} title={actionText(t, event)} description={event.action}>
      <KeyValues
        pairs={[
          { label: t("audit.column.time"), value: <Moment time={event.time} precise /> },
          { label: t("audit.column.actor"), value: event.actor.name, note: `${event.actor.id} · ${event.actor.via}` },
          { label: t("audit.column.object"), value: event.object.kind, note: event.object.id },
          { label: t("audit.column.outcome"), value: outcomeText(t, event.outcome), note: event.reason },
          { label: t("audit.column.peer"), value: event.peer },
          { label: t("audit.request"), value: event.request_id },
          {
            label: t("audit.signature"),
            value: event.kms && `${event.kms.algorithm}, ${event.kms.backend}`,
            note: event.kms && `${event.kms.key_id} · ${event.kms.milliseconds} ms`,
          },
          {
            label: t("audit.details"),
            value: Object.keys(event.details).length > 0 && (
              <pre className="font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
                {JSON.stringify(event.details, null, 2)}
              </pre>
            ),
          },
          { label: t("audit.chain"), value: `${event.node} #${event.seq}` },
          { label: t("audit.hash"), value: <HexText hex={event.hash} name={t("audit.hash")} /> },
        ]}
      />
    </Dialog>
  );
}
