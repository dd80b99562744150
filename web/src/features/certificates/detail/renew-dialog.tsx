import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { displayName } from "@/lib/names";
import { isShorter, RenewedValidity, usePlannedPeriod } from "../issue/validity-field";
import { useRenewCertificate } from "../mutations";
import type { ActProps } from "./plain-acts";

/** Renews a certificate: names both periods before, and the new one after. */
export function RenewDialog({ certificate, onClose }: ActProps) {
  const { t } = useTranslation();
  const [validity, setValidity] = useState("");
  const [isShorterAccepted, setShorterAccepted] = useState(false);
  const period = usePlannedPeriod(certificate.ca, certificate.profile, validity);
  const renew = useRenewCertificate(certificate, onClose);
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
        <ErrorNotice error={renew.failure} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button
          variant="primary"
          busy={renew.isPending}
          disabled={isShorter(period, certificate) && !isShorterAccepted}
          onClick={() => renew.mutate(validity)}
        >
          {t("certificates.act.renew")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
