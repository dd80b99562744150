import { useTranslation } from "react-i18next";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { useLeaveGuard } from "@/lib/leave-guard";
import type { IssuedCredential } from "../mutations";
import { Configuration } from "./configuration";

/** A new credential with its secret, the only time that it is shown. Without a secret, a service or an RA vouches. */
export function Issued({ issued, onClose }: { issued: IssuedCredential; onClose: () => void }) {
  const { t } = useTranslation();
  const { credential, secret } = issued;
  useLeaveGuard("secret", secret !== null);
  const { protocol } = credential;
  return (
    <div className="flex flex-col gap-4">
      <PemView text={credential.url} name="url.txt" label={t(`enrollment.url.${protocol}`)} />
      {protocol !== "scep" && <PemView text={credential.id} name="id.txt" label={t(`enrollment.id.${protocol}`)} />}
      {secret !== null && <PemView text={secret} name="secret.txt" label={t(`enrollment.secret.${protocol}`)} />}
      <Configuration credential={credential} secret={secret} />
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          {secret === null ? t("common.close") : t("enrollment.saved")}
        </Button>
      </DialogActions>
    </div>
  );
}
