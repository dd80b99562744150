import { useNavigate } from "@tanstack/react-router";
import { ChevronsUpDown, LogOut, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LanguageEntries } from "@/components/language-menu";
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { roleName, useMe, useSignOut } from "@/features/session";
import { confirmLeave } from "@/lib/leave-guard";
import { setLooks, type Theme, useLooks } from "@/lib/theme";

const THEMES = { system: "nav.themeSystem", light: "nav.themeLight", dark: "nav.themeDark" } as const;

/** Who is signed in, how things look, and the way out. */
export function Account() {
  const { t } = useTranslation();
  const me = useMe();
  const looks = useLooks();
  const navigate = useNavigate();
  const signOut = useSignOut(me?.session?.method ?? "", (place) =>
    place ? window.location.assign(place) : navigate({ to: "/sign-in" }),
  );
  const leave = async () => (await confirmLeave()) && signOut.mutate();
  return (
    <div className="mt-auto border-t pt-2.5">
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            className="flex w-full items-center gap-2 rounded-sm px-2.5 py-1.5 text-left hover:bg-raised"
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate text-sm">{me?.name ?? "…"}</span>
              <span className="block text-xs text-muted">{roleName(t, me?.role)}</span>
            </span>
            <ChevronsUpDown aria-hidden className="size-4 text-muted" />
          </button>
        }
      >
        {me?.user && (
          <>
            <MenuItem onSelect={() => void navigate({ to: "/account" })}>
              <UserRound aria-hidden />
              {t("nav.account")}
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        <MenuLabel>{t("nav.theme")}</MenuLabel>
        {(Object.keys(THEMES) as Theme[]).map((theme) => (
          <MenuCheck key={theme} checked={looks.theme === theme} onCheckedChange={() => setLooks({ theme })}>
            {t(THEMES[theme])}
          </MenuCheck>
        ))}
        <MenuSeparator />
        <MenuCheck
          checked={looks.density === "compact"}
          onCheckedChange={(compact) => setLooks({ density: compact ? "compact" : "comfortable" })}
        >
          {t("nav.density")}
        </MenuCheck>
        <MenuSeparator />
        <MenuLabel>{t("nav.language")}</MenuLabel>
        <LanguageEntries />
        <MenuSeparator />
        <MenuItem onSelect={() => void leave()}>
          <LogOut aria-hidden />
          {t("nav.signOut")}
        </MenuItem>
      </Menu>
    </div>
  );
}
