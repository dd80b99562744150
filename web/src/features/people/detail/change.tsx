import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type PersonBody, rest, type User, useRefresh } from "@/api";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { PersonForm } from "../parts/person-form";

export function ChangeUser({ user }: { user: User }) {
  const { t } = useTranslation();
  const refresh = useRefresh("user");
  const [open, setOpen] = useState(false);
  const change = async (body: PersonBody) => {
    await rest.changeUser({ path: { user: user.id }, body });
    await refresh();
    setOpen(false);
    toast(t("people.changed", { name: body.display_name }));
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("people.change")}</Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("people.changeTitle", { name: user.login })}>
        <PersonForm user={user} verb={t("people.saveChanges")} save={change} onCancel={() => setOpen(false)} />
      </Dialog>
    </>
  );
}
