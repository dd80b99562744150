import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PanelRow } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { confirmLeave, useLeaveGuard } from "@/lib/leave-guard";
import { useCreateRecoveryCodes } from "../mutations";

/** Codes for when the second factor is lost: how many are left, and new ones. */
export function RecoveryRow({ left, mayHave }: { left: number; mayHave: boolean }) {
  const { t } = useTranslation();
  const [codes, setCodes] = useState<readonly string[]>();
  const make = useCreateRecoveryCodes(setCodes);
  return (
    <>
      <PanelRow
        title={t("account.recovery")}
        detail={t("account.recoveryLeft", { count: left })}
        end={
          <Button size="sm" disabled={!mayHave} busy={make.isPending} onClick={() => make.mutate()}>
            {t("account.recoveryMake")}
          </Button>
        }
      />
      <Dialog
        open={codes !== undefined}
        onOpenChange={async () => (await confirmLeave()) && setCodes(undefined)}
        title={t("account.recovery")}
        description={t("account.recoveryHelp")}
      >
        <Codes codes={codes ?? []} onTaken={() => setCodes(undefined)} />
      </Dialog>
    </>
  );
}

/** Shows recovery codes once: the user must store them before closing. */
export function Codes({ codes, onTaken }: { codes: readonly string[]; onTaken: () => void }) {
  const { t } = useTranslation();
  const release = useLeaveGuard("secret", codes.length > 0);
  return (
    <>
      <PemView text={codes.join("\n")} name="recovery-codes.txt" label={t("account.recovery")} />
      <DialogActions>
        <Button
          variant="primary"
          onClick={() => {
            release();
            onTaken();
          }}
        >
          {t("account.taken")}
        </Button>
      </DialogActions>
    </>
  );
}
