import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { useSignOutEverywhere } from "@/features/session";
import { RevokeTokens } from "./revoke-tokens";

/** Ends all sessions of the user, this one too. */
export function SignOutEverywhere() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [revokeTokens, setRevokeTokens] = useState(false);
  const end = useSignOutEverywhere(() => navigate({ to: "/sign-in" }));
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        {t("account.everywhere")}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={t("account.everywhereTitle")}
        description={t("account.everywhereHelp")}
      >
        <RevokeTokens checked={revokeTokens} onChange={(event) => setRevokeTokens(event.target.checked)} />
        <ErrorNotice error={end.failure} />
        <DialogActions>
          <Button onClick={() => setOpen(false)}>{t("common.cancel")}</Button>
          <Button variant="danger" busy={end.isPending} onClick={() => end.mutate(revokeTokens)}>
            {t("account.everywhere")}
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
