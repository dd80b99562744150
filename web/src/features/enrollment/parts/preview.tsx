import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Recipes } from "./recipes";

/** A button, and behind it the configuration of ACME clients before an EAB key exists. */
export function PreviewRecipes() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("enrollment.preview")}</Button>
      <Dialog
        open={open}
        wide
        onOpenChange={setOpen}
        title={t("enrollment.preview")}
        description={t("enrollment.previewHelp")}
      >
        <Recipes credential={null} secret={null} />
        <DialogActions>
          <Button onClick={() => setOpen(false)}>{t("common.close")}</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
