import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RevocationReason } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { useMay } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { bulk } from "@/lib/locales/en/pages/bulk";
import { ReasonField } from "@/shared/reason-field";
import { useStartSelected } from "../mutations";

addPageTexts({ bulk });

type Act = "renew" | "revoke" | "export";

/** What can be done to certificates that were selected in a list; each becomes a job. */
export function SelectedActs({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const [mayRun, mayIssue, mayRevoke] = [useMay("bulk:run"), useMay("certificate:issue"), useMay("certificate:revoke")];
  const [act, setAct] = useState<Act>();
  if (!mayRun) return null;
  const close = () => setAct(undefined);
  return (
    <>
      {mayIssue && <Button onClick={() => setAct("renew")}>{t("bulk.actions.renew")}</Button>}
      <Button onClick={() => setAct("export")}>{t("bulk.actions.export")}</Button>
      {mayRevoke && <Button onClick={() => setAct("revoke")}>{t("bulk.actions.revoke")}</Button>}
      {act === "revoke" && <RevokeDialog ids={ids} onClose={close} />}
      {(act === "renew" || act === "export") && <PlainDialog act={act} ids={ids} onClose={close} />}
    </>
  );
}

interface DialogProps {
  ids: readonly string[];
  onClose: () => void;
}

function PlainDialog({ act, ids, onClose }: DialogProps & { act: "renew" | "export" }) {
  const { t } = useTranslation();
  const run = useStartSelected(act, ids);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(`bulk.ask.${act}`, { count: ids.length })}
      description={t(`bulk.about.${act}`)}
    >
      <ErrorNotice error={run.failure} />
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button variant="primary" busy={run.isPending} onClick={() => run.mutate(undefined)}>
          {t(`bulk.actions.${act}`)}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function RevokeDialog({ ids, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<RevocationReason>("superseded");
  const run = useStartSelected("revoke", ids);
  const consequences = [t("bulk.stop", { count: ids.length }), t("cas.consequence.forGood")];
  if (reason === "keyCompromise") consequences.push(t("certificates.consequence.blocked"));
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("bulk.ask.revoke", { count: ids.length })}
      consequences={consequences}
      verb={t("bulk.actions.revoke")}
      name={t("bulk.typed", { count: ids.length })}
      busy={run.isPending}
      error={run.failure}
      onConfirm={() => run.mutate(reason)}
    >
      <ReasonField of="certificate" value={reason} onChange={setReason} />
    </ConfirmByName>
  );
}
