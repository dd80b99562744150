import { Link, type LinkProps } from "@tanstack/react-router";
import { Fragment, type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";

export interface Crumb {
  label: string;
  to: LinkProps["to"];
}

interface PageProps {
  title: string;
  purpose?: ReactNode;
  status?: ReactNode;
  crumbs?: readonly Crumb[];
  actions?: ReactNode;
  children: ReactNode;
}

/** One title, one sentence of purpose, and on the right what is done here. */
export function Page({ title, purpose, status, crumbs = [], actions, children }: PageProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · PKI Manager`;
  }, [title]);
  return (
    <div className="mx-auto w-full max-w-[1280px] px-4 pt-5 pb-16 sm:px-8">
      {crumbs.length > 0 && (
        <nav aria-label={t("nav.breadcrumbs")} className="mb-2 flex flex-wrap gap-1.5 text-xs text-muted">
          {crumbs.map((crumb) => (
            <Fragment key={crumb.label}>
              <Link to={crumb.to} className="hover:text-text hover:underline">
                {crumb.label}
              </Link>
              <span aria-hidden>/</span>
            </Fragment>
          ))}
          <span aria-current="page" className="max-w-64 truncate">
            {title}
          </span>
        </nav>
      )}
      <header className="mb-5 flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="text-xl [overflow-wrap:anywhere]">{title}</h1>
            {status}
          </div>
          {purpose && <p className="mt-0.5 max-w-2xl text-sm text-muted">{purpose}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page, with its own heading. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-7">
      <div className="mb-2.5 flex items-center justify-between gap-3">
        <h2 className="text-base">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

export function Panel({ children }: { children: ReactNode }) {
  return <div className="divide-y overflow-hidden rounded-lg border bg-surface">{children}</div>;
}

interface PanelRowProps {
  title: ReactNode;
  detail?: ReactNode;
  end?: ReactNode;
}

export function PanelRow({ title, detail, end }: PanelRowProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-40">
        <div className="font-medium [overflow-wrap:anywhere] sm:truncate">{title}</div>
        {detail && <div className="text-xs text-muted break-words">{detail}</div>}
      </div>
      {end}
    </div>
  );
}
