import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Profile } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { useMay } from "@/features/session";
import { useRetireProfile } from "../mutations";

export function RetireButton({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const may = useMay("profile:retire");
  const [asking, setAsking] = useState(false);
  const retire = useRetireProfile(profile, () => setAsking(false));
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
        error={retire.failure}
        onConfirm={() => retire.mutate()}
      />
    </>
  );
}
