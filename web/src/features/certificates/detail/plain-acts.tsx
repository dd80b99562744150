import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Certificate, toApiError } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { displayName } from "@/lib/names";
import { useRefreshCertificates } from "../queries";

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
  error: unknown;
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
      <ErrorNotice error={error ? toApiError(error) : null} />
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
  const refresh = useRefreshCertificates();
  const release = useMutation({ ...api.releaseCertificateMutation(), onSuccess: () => refresh() });
  const path = { certificate: certificate.id };
  const hold = useMutation({
    ...api.holdCertificateMutation(),
    onSuccess: async () => {
      await refresh();
      onClose();
      toast(t("certificates.done.hold"), {
        action: { label: t("certificates.undo"), run: () => release.mutate({ path }) },
      });
    },
  });
  const run = () => hold.mutate({ path });
  return (
    <Plain
      verb="hold"
      name={displayName(certificate)}
      onClose={onClose}
      run={run}
      busy={hold.isPending}
      error={hold.error}
    />
  );
}

export function ReleaseDialog({ certificate, onClose }: ActProps) {
  const { t } = useTranslation();
  const refresh = useRefreshCertificates();
  const release = useMutation({
    ...api.releaseCertificateMutation(),
    onSuccess: async () => {
      await refresh();
      onClose();
      toast(t("certificates.done.release"));
    },
  });
  const run = () => release.mutate({ path: { certificate: certificate.id } });
  const { isPending, error } = release;
  return (
    <Plain verb="release" name={displayName(certificate)} onClose={onClose} run={run} busy={isPending} error={error} />
  );
}
