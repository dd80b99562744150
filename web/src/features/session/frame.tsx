import { type ReactNode, useEffect } from "react";

/** The page before one is in: a mark, a title, one form. */
export function Frame({ title, purpose, children }: { title: string; purpose: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · PKI Manager`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-screen max-w-sm flex-col justify-center px-5 py-10">
      <img src="/icon.svg" alt="" className="mb-5 size-9" />
      <h1 className="text-xl">{title}</h1>
      <p className="mt-0.5 mb-6 text-sm text-muted">{purpose}</p>
      {children}
    </main>
  );
}
