import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { type ComponentType, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onSessionEnd } from "@/api";
import { EndingNotice, loadSignInAgain, ProveAgain, type SignInAgainProps } from "@/features/session";
import { endGuards, findLoss } from "@/lib/leave-guard";
import { discardSecretFiles } from "@/lib/secret-files";
import { ForgottenFiles } from "./forgotten-files";
import { useLive } from "./live";
import { Palette } from "./palette";
import { PhoneBar } from "./phone-bar";
import { Sidebar } from "./sidebar";

/** The frame around every page: navigation on the left, above it on a phone. */
export function Shell() {
  const { t } = useTranslation();
  const [isSearching, setIsSearching] = useState(false);
  usePaletteKey(() => setIsSearching((now) => !now));
  const [ended, resume] = useEndOfSession();
  const dismiss = useDismissal(resume);
  useLive(ended !== undefined);
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
      {ended && <ended.Again onBack={resume} onOther={dismiss} />}
      <Palette open={isSearching} onOpenChange={setIsSearching} />
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

/** Another user signed in: the contents of the page do not belong to them. */
function useDismissal(resume: () => void): () => void {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return () => {
    discardSecretFiles();
    endGuards();
    void navigate({ to: "/", replace: true }).then(() => {
      queryClient.clear();
      resume();
    });
  };
}

interface EndedSession {
  Again: ComponentType<SignInAgainProps>;
}

/** When the session ends: to the sign-in page; where the page holds unsaved input, the sign-in form covers it instead. */
function useEndOfSession(): [EndedSession | undefined, () => void] {
  const navigate = useNavigate();
  const [ended, setEnded] = useState<EndedSession>();
  useEffect(() => {
    const leave = () => {
      const to = window.location.pathname + window.location.search;
      void navigate({ to: "/sign-in", search: { ended: true, to }, replace: true });
    };
    const cover = () => loadSignInAgain().then((Again) => setEnded({ Again }), leave);
    return onSessionEnd(() => (findLoss() === undefined ? leave() : void cover()));
  }, [navigate]);
  return [ended, () => setEnded(undefined)];
}
