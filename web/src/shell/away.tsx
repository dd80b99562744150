import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { CloudOff } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isServerAway, lookForServer, onServerBack, watchServer } from "@/api";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { renewEverything } from "./live";

/** Shows above every page that the server is unavailable, and reloads when it responds again. */
export function AwayNotice() {
  const { t } = useTranslation();
  const isAway = useSyncExternalStore(watchServer, isServerAway);
  useComingBack(t("away.back"));
  return (
    <div role="status" className="sticky top-0 z-50">
      {isAway && (
        <div className="flex flex-wrap items-center justify-center gap-x-4 gap-y-1.5 border-b border-warning bg-warning-bg px-4 py-2 text-sm text-warning">
          <CloudOff aria-hidden className="hidden size-4 shrink-0 sm:block" />
          <p className="min-w-0 flex-1 sm:flex-none">
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

/** Reloads the data on the page, and the page itself if it could not be loaded. */
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
