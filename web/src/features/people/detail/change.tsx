import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useUpdateUser } from "../mutations";
import { PersonForm } from "../parts/person-form";

export function ChangeUser({ user }: { user: User }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const update = useUpdateUser(user, () => setOpen(false));
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("people.change")}</Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("people.changeTitle", { name: user.login })}>
        <PersonForm user={user} verb={t("people.saveChanges")} change={update} onCancel={() => setOpen(false)} />
      </Dialog>
    </>
  );
}
