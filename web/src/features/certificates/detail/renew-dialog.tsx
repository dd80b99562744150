import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toApiError } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { displayName } from "@/lib/names";
import { exact } from "@/lib/time";
import { isShorter, RenewedValidity, usePlannedPeriod } from "../issue/validity-field";
import { useRefreshCertificates } from "../queries";
import type { ActProps } from "./plain-acts";

/** Renews a certificate: names both periods before, and the new one after. */
export function RenewDialog({ certificate, onClose }: ActProps) {
  const { t } = useTranslation();
  const [validity, setValidity] = useState("");
  const [isShorterAccepted, setShorterAccepted] = useState(false);
  const period = usePlannedPeriod(certificate.ca, certificate.profile, validity);
  const renew = useRenew(onClose);
  const run = () => renew.mutate({ path: { certificate: certificate.id }, body: { ...(validity && { validity }) } });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("certificates.ask.renew", { name: displayName(certificate) })}
      description={t("certificates.about.renew")}
    >
      <div className="flex flex-col gap-4">
        <RenewedValidity
          old={certificate}
          validity={validity}
          onValidity={setValidity}
          isShorterAccepted={isShorterAccepted}
          onShorterAccepted={setShorterAccepted}
        />
        <ErrorNotice error={renew.error ? toApiError(renew.error) : null} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button
          variant="primary"
          busy={renew.isPending}
          disabled={isShorter(period, certificate) && !isShorterAccepted}
          onClick={run}
        >
          {t("certificates.act.renew")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function useRenew(onClose: () => void) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const refresh = useRefreshCertificates();
  return useMutation({
    ...api.renewCertificateMutation(),
    onSuccess: async (renewed) => {
      await refresh();
      if ("not_after" in renewed) {
        toast(t("certificates.done.renew", { until: exact(new Date(renewed.not_after), i18n.language) }));
      }
      onClose();
      await navigate({ to: "/certificates/$id", params: { id: renewed.id } });
    },
  });
}
