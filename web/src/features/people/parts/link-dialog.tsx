import { useTranslation } from "react-i18next";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { confirmLeave, useLeaveGuard } from "@/lib/leave-guard";

/** A one-time link, shown once. */
export function LinkDialog({ link, onClose }: { link: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  useLeaveGuard("secret", link !== undefined);
  return (
    <Dialog
      open={link !== undefined}
      onOpenChange={async () => (await confirmLeave()) && onClose()}
      title={t("people.link")}
      description={t("people.linkHelp")}
    >
      <PemView text={link ?? ""} name="link.txt" label={t("people.link")} />
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          {t("tokens.taken")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
