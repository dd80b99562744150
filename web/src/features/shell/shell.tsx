import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onSessionEnd } from "@/api";
import { EndingNotice, ProveAgain } from "@/features/session";
import { ForgottenFiles } from "./forgotten-files";
import { useLive } from "./live";
import { PhoneBar } from "./phone-bar";
import { Sidebar } from "./sidebar";

const Palette = lazy(async () => ({ default: (await import("./palette")).Palette }));

/** The frame around every page: navigation on the left, above it on a phone. */
export function Shell() {
  const { t } = useTranslation();
  const [isSearching, setIsSearching] = useState(false);
  usePaletteKey(() => setIsSearching((now) => !now));
  useEndOfSession();
  useLive();
  return (
    <div className="min-h-screen lg:grid lg:grid-cols-[232px_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:border focus:bg-surface focus:px-3 focus:py-2"
      >
        {t("nav.skip")}
      </a>
      <aside className="sticky top-0 hidden h-screen border-r lg:block">
        <Sidebar onSearch={() => setIsSearching(true)} />
      </aside>
      <PhoneBar onSearch={() => setIsSearching(true)} />
      <main id="content" tabIndex={-1} className="min-w-0 outline-none">
        <EndingNotice />
        <ForgottenFiles />
        <Outlet />
      </main>
      <ProveAgain />
      <Suspense>{isSearching && <Palette open onOpenChange={setIsSearching} />}</Suspense>
    </div>
  );
}

function usePaletteKey(toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        toggle();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}

/** When the server no longer knows who we are: back to the door, and later to where we were. */
function useEndOfSession(): void {
  const navigate = useNavigate();
  useEffect(
    () =>
      onSessionEnd(() => {
        const to = window.location.pathname + window.location.search;
        void navigate({ to: "/sign-in", search: { ended: true, to }, replace: true });
      }),
    [navigate],
  );
}
