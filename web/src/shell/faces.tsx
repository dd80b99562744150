import { Link, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toApiError } from "@/api";
import { EmptyState, ErrorState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { SkeletonRows } from "@/components/ui/skeleton";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="mx-auto max-w-xl px-4 py-16">
      <h1 className="sr-only">{t("error.notFound")}</h1>
      <EmptyState
        icon={Compass}
        title={t("error.notFound")}
        action={
          <Button asChild>
            <Link to="/">{t("error.toDashboard")}</Link>
          </Button>
        }
      >
        {t("error.notFoundHelp")}
      </EmptyState>
    </div>
  );
}

/** What a route shows when it could not be loaded at all. */
export function RouteError({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <div className="mx-auto max-w-xl px-4 py-16">
      <ErrorState error={toApiError(error)} retry={() => void router.invalidate()} />
    </div>
  );
}

/** What a route shows while it is loaded, if that takes longer than a moment. */
export function PagePending() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true" aria-label={t("common.loading")} role="status" className="mx-auto max-w-[1280px] px-4 pt-5">
      <SkeletonRows rows={12} />
    </div>
  );
}
