import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { CloudOff } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isServerAway, lookForServer, onServerBack, watchServer } from "@/api";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { renewEverything } from "./live";

/** Says on every page that the server is away, and goes on by itself when it is back. */
export function AwayNotice() {
  const { t } = useTranslation();
  const isAway = useSyncExternalStore(watchServer, isServerAway);
  useComingBack(t("away.back"));
  return (
    <div role="status">
      {isAway && (
        <div className="fixed inset-x-3 top-3 z-50 mx-auto flex w-fit max-w-xl items-center gap-3 rounded-lg border border-warning bg-warning-bg py-2 pr-2 pl-4 text-sm text-warning shadow-float">
          <CloudOff aria-hidden className="size-4 shrink-0" />
          <p>
            <span className="block font-medium">{t("error.offline")}</span>
            {t("away.trying")}
          </p>
          <Button size="sm" className="shrink-0" onClick={lookForServer}>
            {t("away.now")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Asks again for what is on the page, and for the page itself where it could not be loaded. */
function useComingBack(words: string): void {
  const queryClient = useQueryClient();
  const router = useRouter();
  useEffect(
    () =>
      onServerBack(() => {
        toast(words);
        renewEverything(queryClient);
        void router.invalidate();
      }),
    [queryClient, router, words],
  );
}
