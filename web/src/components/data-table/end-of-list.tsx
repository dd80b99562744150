import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button";

export interface Paging {
  hasMore: boolean;
  isLoading: boolean;
  more: () => void;
}

/** Loads the next page when it becomes visible; the button is for users who do not scroll. */
export function EndOfList({ paging, count }: { paging: Paging | undefined; count: number }) {
  const { t } = useTranslation();
  const mark = useRef<HTMLDivElement>(null);
  const isReady = paging?.hasMore === true && !paging.isLoading;
  useEffect(() => {
    const element = mark.current;
    if (!isReady || element === null || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && paging.more(), {
      rootMargin: "800px",
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isReady, paging]);
  return (
    <div ref={mark} className="flex items-center justify-between gap-3 px-1 py-3 text-xs text-muted tabular">
      <span>{t(paging?.hasMore ? "table.countMore" : "table.count", { count })}</span>
      {paging?.hasMore && (
        <Button variant="ghost" size="sm" busy={paging.isLoading} onClick={paging.more}>
          {t("table.more")}
        </Button>
      )}
    </div>
  );
}
