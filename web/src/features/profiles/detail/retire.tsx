import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Profile, toApiError, useRefresh } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { useMay } from "@/features/session";

export function RetireButton({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const may = useMay("profile:retire");
  const refresh = useRefresh("profile");
  const [asking, setAsking] = useState(false);
  const retire = useMutation({
    ...api.retireProfileMutation(),
    onSuccess: async () => {
      await refresh();
      setAsking(false);
      toast(t("profiles.retired", { name: profile.name }));
    },
  });
  if (!may) return null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t("cas.act.retire")}</Button>
      <ConfirmByName
        open={asking}
        onOpenChange={setAsking}
        title={t("cas.ask.retire", { name: profile.name })}
        consequences={[t("profiles.consequence"), t("cas.consequence.forGood")]}
        verb={t("cas.act.retire")}
        name={profile.name}
        busy={retire.isPending}
        error={retire.error ? toApiError(retire.error) : null}
        onConfirm={() => retire.mutate({ path: { profile: profile.name } })}
      />
    </>
  );
}
