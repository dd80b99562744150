import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/features/session";
import { Account } from "./account";
import { NAVIGATION } from "./nav";

interface SidebarProps {
  onSearch: () => void;
  onNavigate?: () => void;
}

/** Where one can go; what the role does not allow is not there. */
export function Sidebar({ onSearch, onNavigate }: SidebarProps) {
  const { t } = useTranslation();
  const permissions = useMe()?.permissions ?? [];
  return (
    <div className="flex h-full flex-col gap-0.5 overflow-y-auto px-2.5 py-3.5">
      <Link to="/" className="mb-2 flex items-center gap-2.5 rounded-sm px-2.5 py-1 font-semibold" onClick={onNavigate}>
        <img src="/icon.svg" alt="" className="size-5" />
        PKI Manager
      </Link>
      <button
        type="button"
        onClick={onSearch}
        className="mb-2.5 flex items-center justify-between rounded-md border bg-surface px-2.5 py-1.5 text-sm text-muted hover:border-border-strong"
      >
        {t("nav.search")}
        <kbd className="rounded-sm border px-1.5 text-xs">Ctrl K</kbd>
      </button>
      <nav aria-label={t("nav.main")} className="flex flex-col gap-0.5">
        {NAVIGATION.map((group) => {
          const entries = group.entries.filter((entry) => permissions.includes(entry.permission));
          if (entries.length === 0) return null;
          return (
            <div key={group.key ?? "main"} className="flex flex-col gap-0.5">
              {group.key && (
                <h2 className="mt-3.5 mb-1 px-2.5 text-xs font-medium text-muted">{t(`nav.${group.key}`)}</h2>
              )}
              {entries.map((entry) => (
                <Link
                  key={entry.key}
                  to={entry.to}
                  onClick={onNavigate}
                  activeOptions={{ exact: entry.to === "/", includeSearch: false }}
                  className="rounded-sm px-2.5 py-1.5 text-sm font-medium text-muted hover:bg-raised hover:text-text data-[status=active]:bg-raised data-[status=active]:text-text"
                >
                  {t(`nav.${entry.key}`)}
                </Link>
              ))}
            </div>
          );
        })}
      </nav>
      <Account />
    </div>
  );
}
