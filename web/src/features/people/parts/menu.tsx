import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { User } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { useInviteUser, useResetFactors, useSwitchUser } from "../mutations";

/** Actions of an administrator for a user's sign-in. */
export function UserMenu({ user, onLink }: { user: User; onLink: (link: string) => void }) {
  const { t } = useTranslation();
  const [isResetting, setIsResetting] = useState(false);
  const turn = useSwitchUser(user);
  const invite = useInviteUser(user, onLink);
  return (
    <>
      <Menu
        trigger={
          <Button variant="ghost" size="tiny" aria-label={t("people.actions", { name: user.login })}>
            <MoreHorizontal aria-hidden />
          </Button>
        }
      >
        <MenuItem onSelect={() => invite.mutate()}>{t("people.invite")}</MenuItem>
        <MenuItem onSelect={() => setIsResetting(true)}>{t("people.resetFactors")}</MenuItem>
        {user.state === "disabled" ? (
          <MenuItem onSelect={() => turn.mutate("enable")}>{t("people.enable")}</MenuItem>
        ) : (
          <MenuItem danger onSelect={() => turn.mutate("disable")}>
            {t("people.disable")}
          </MenuItem>
        )}
      </Menu>
      <ResetFactors user={user} open={isResetting} onOpenChange={setIsResetting} />
    </>
  );
}

interface ResetProps {
  user: User;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function ResetFactors({ user, open, onOpenChange }: ResetProps) {
  const { t } = useTranslation();
  const reset = useResetFactors(user, () => onOpenChange(false));
  return (
    <ConfirmByName
      open={open}
      onOpenChange={onOpenChange}
      title={t("people.resetTitle", { name: user.login })}
      consequences={[t("people.resetGone"), t("people.resetOut"), t("people.resetAsk")]}
      verb={t("people.resetFactors")}
      busy={reset.isPending}
      error={reset.failure}
      onConfirm={() => reset.mutate()}
    />
  );
}
