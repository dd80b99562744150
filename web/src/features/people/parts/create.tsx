import { useState } from "react";
import { useTranslation } from "react-i18next";
import { done, type PersonBody, rest, useRefresh } from "@/api";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { PersonForm } from "./person-form";

export function CreateUser({ onLink }: { onLink: (link: string) => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh("user");
  const [open, setOpen] = useState(false);
  const create = async (person: PersonBody, login: string) => {
    const { data } = await rest.createUser({ body: { ...person, login } });
    await refresh();
    setOpen(false);
    onLink(done(data).sign_in_url ?? "");
  };
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        {t("people.create")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("people.create")} description={t("people.createHelp")}>
        <PersonForm verb={t("people.create")} save={create} onCancel={() => setOpen(false)} />
      </Dialog>
    </>
  );
}
