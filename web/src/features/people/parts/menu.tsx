import { useMutation } from "@tanstack/react-query";
import { MoreHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, done, rest, toApiError, type User, useRefresh } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";

/** What an administrator does about somebody's way in. */
export function UserMenu({ user, onLink }: { user: User; onLink: (link: string) => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh("user", "session");
  const [isResetting, setIsResetting] = useState(false);
  const path = { user: user.id };
  const run = useMutation({
    mutationFn: (act: "disable" | "enable") =>
      act === "disable" ? rest.disableUser({ path }) : rest.enableUser({ path }),
    onSuccess: () => refresh(),
    onError: (error) => toast(toApiError(error).message, { tone: "danger" }),
  });
  const invite = useMutation({
    ...api.inviteUserMutation(),
    onSuccess: (made) => onLink(done(made).sign_in_url ?? ""),
    onError: (error) => toast(toApiError(error).message, { tone: "danger" }),
  });
  return (
    <>
      <Menu
        trigger={
          <Button variant="ghost" size="tiny" aria-label={t("people.actions", { name: user.login })}>
            <MoreHorizontal aria-hidden />
          </Button>
        }
      >
        <MenuItem onSelect={() => invite.mutate({ path })}>{t("people.invite")}</MenuItem>
        <MenuItem onSelect={() => setIsResetting(true)}>{t("people.resetFactors")}</MenuItem>
        {user.state === "disabled" ? (
          <MenuItem onSelect={() => run.mutate("enable")}>{t("people.enable")}</MenuItem>
        ) : (
          <MenuItem danger onSelect={() => run.mutate("disable")}>
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
  const refresh = useRefresh("user", "session");
  const reset = useMutation({
    ...api.resetUserFactorsMutation(),
    onSuccess: async () => {
      await refresh();
      onOpenChange(false);
      toast(t("people.factorsReset", { name: user.login }));
    },
  });
  return (
    <ConfirmByName
      open={open}
      onOpenChange={onOpenChange}
      title={t("people.resetTitle", { name: user.login })}
      consequences={[t("people.resetGone"), t("people.resetOut"), t("people.resetAsk")]}
      verb={t("people.resetFactors")}
      busy={reset.isPending}
      error={reset.error && toApiError(reset.error)}
      onConfirm={() => reset.mutate({ path: { user: user.id } })}
    />
  );
}
