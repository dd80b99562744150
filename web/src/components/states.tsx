import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { CloudOff, type LucideIcon, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "./copy-button";
import { Button } from "./ui/button";

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** Nothing here yet: what belongs here, why, and how it gets here. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center rounded-lg border border-dashed bg-surface px-6 py-14 text-center">
      <Icon aria-hidden className="mb-3 size-6 text-muted" strokeWidth={1.5} />
      <h2 className="text-base">{title}</h2>
      <p className="mt-1 mb-4 max-w-md text-sm text-muted">{children}</p>
      {action}
    </div>
  );
}

/** The contents of an `ApiError`, without a dependency on the API. `message` is the server's, in English. */
export interface Told {
  title?: string;
  message: string;
  code?: string;
  isOffline?: boolean;
  requestId?: string | undefined;
  /** Where it waits for others: then it is no failure. */
  waitsAt?: { to: "/requests/$id" | "/approvals/$id"; params: { id: string } };
}

/** What failed, why, what to do next, and the request ID. */
export function ErrorState({ error, retry }: { error: Told; retry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const Icon = error.isOffline ? CloudOff : TriangleAlert;
  return (
    <div role="alert" className="flex flex-col items-center rounded-lg border bg-surface px-6 py-14 text-center">
      <Icon aria-hidden className="mb-3 size-6 text-danger" strokeWidth={1.5} />
      <h2 className="text-base">{titleOf(t, error)}</h2>
      <Reason className="mt-1 max-w-md text-sm text-muted break-words" error={error} />
      {error.requestId && (
        <p className="mt-3 flex items-center gap-1 font-mono text-xs text-muted">
          {t("error.requestId", { id: error.requestId })}
          <CopyButton text={error.requestId} label={t("error.copyRequestId")} />
        </p>
      )}
      {retry && (
        <Button className="mt-4" onClick={retry}>
          {t("error.retry")}
        </Button>
      )}
    </div>
  );
}

/** The same in one line above a form. */
export function ErrorNotice({ error }: { error: Told | null | undefined }) {
  const { t } = useTranslation();
  if (!error) return null;
  if (error.waitsAt) {
    return (
      <div role="status" className="rounded-md border border-accent bg-accent-soft px-3 py-2 text-sm">
        <p className="font-medium">{t("approvals.waiting")}</p>
        <p className="text-muted">{t("approvals.waitingHelp")}</p>
        <Link {...error.waitsAt} className="mt-1 inline-block font-medium text-accent hover:underline">
          {t("approvals.look")}
        </Link>
      </div>
    );
  }
  return (
    <div role="alert" className="rounded-md border border-danger bg-danger-bg px-3 py-2 text-sm text-danger">
      <p className="font-medium">{titleOf(t, error)}</p>
      <Reason className="break-words" error={error} />
      {error.requestId && <p className="mt-1 font-mono text-xs">{t("error.requestId", { id: error.requestId })}</p>}
    </div>
  );
}

/** By the stable code, in the user's language; a code that is not known here keeps the server's title. */
function titleOf(t: TFunction, error: Told): string {
  if (error.isOffline) return t("error.offline");
  const title = error.title ?? t("error.title");
  return t(`problems.${error.code ?? ""}` as "problems.error", { defaultValue: title });
}

export function Reason({ error, className }: { error: Told; className: string }) {
  const { t } = useTranslation();
  return error.isOffline ? (
    <p className={className}>{t("error.offlineHelp")}</p>
  ) : (
    <p className={className} lang="en">
      {error.message}
    </p>
  );
}
