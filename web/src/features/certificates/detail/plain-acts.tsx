import { useTranslation } from "react-i18next";
import type { ApiError, Certificate } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { displayName } from "@/lib/names";
import { useHoldCertificate, useReleaseCertificate } from "../mutations";

export interface ActProps {
  certificate: Certificate;
  onClose: () => void;
}

interface PlainProps {
  verb: "hold" | "release";
  name: string;
  onClose: () => void;
  run: () => void;
  busy: boolean;
  error: ApiError | null;
}

/** Says what will happen, and does it. */
function Plain({ verb, name, onClose, run, busy, error }: PlainProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(`certificates.ask.${verb}`, { name })}
      description={t(`certificates.about.${verb}`)}
    >
      <ErrorNotice error={error} />
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button variant="primary" busy={busy} onClick={run}>
          {t(`certificates.act.${verb}`)}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

export function HoldDialog({ certificate, onClose }: ActProps) {
  const { t } = useTranslation();
  const release = useReleaseCertificate(certificate);
  const hold = useHoldCertificate(certificate, () => {
    onClose();
    toast(t("certificates.done.hold"), { action: { label: t("certificates.undo"), run: () => release.mutate() } });
  });
  return (
    <Plain
      verb="hold"
      name={displayName(certificate)}
      onClose={onClose}
      run={() => hold.mutate()}
      busy={hold.isPending}
      error={hold.failure}
    />
  );
}

export function ReleaseDialog({ certificate, onClose }: ActProps) {
  const release = useReleaseCertificate(certificate, onClose);
  return (
    <Plain
      verb="release"
      name={displayName(certificate)}
      onClose={onClose}
      run={() => release.mutate()}
      busy={release.isPending}
      error={release.failure}
    />
  );
}
