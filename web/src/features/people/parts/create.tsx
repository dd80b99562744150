import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useCreateUser } from "../mutations";
import { PersonForm } from "./person-form";

export function CreateUser({ onLink }: { onLink: (link: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const create = useCreateUser((link) => {
    setOpen(false);
    onLink(link);
  });
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        {t("people.create")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("people.create")} description={t("people.createHelp")}>
        <PersonForm verb={t("people.create")} change={create} onCancel={() => setOpen(false)} />
      </Dialog>
    </>
  );
}
