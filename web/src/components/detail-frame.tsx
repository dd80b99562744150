import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Crumb, Page } from "./page";
import { ErrorState, type Told } from "./states";
import { Skeleton } from "./ui/skeleton";

interface DetailFrameProps<Thing> {
  data: Thing | undefined;
  error: Told | null;
  retry: () => void;
  /** What such a thing is called while it cannot be shown. */
  unnamed: string;
  crumbs: readonly Crumb[];
  children: (thing: Thing) => ReactNode;
}

/** The page of one thing: its error, its skeleton while it is fetched, then the thing itself. */
export function DetailFrame<Thing>({ data, error, retry, unnamed, crumbs, children }: DetailFrameProps<Thing>) {
  const { t } = useTranslation();
  if (error !== null) {
    return (
      <Page title={unnamed} crumbs={crumbs}>
        <ErrorState error={error} retry={retry} />
      </Page>
    );
  }
  if (data === undefined) {
    return (
      <Page title={t("common.loading")} crumbs={crumbs}>
        <div aria-busy="true">
          <Skeleton className="mb-4 h-9" />
          <Skeleton className="h-72" />
        </div>
      </Page>
    );
  }
  return children(data);
}
