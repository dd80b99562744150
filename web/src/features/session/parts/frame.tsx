import { type ReactNode, useEffect } from "react";
import { LanguageMenu } from "@/components/language-menu";

/** The page before one is in: a mark, a title, one form. */
export function Frame({ title, purpose, children }: { title: string; purpose: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · PKI Manager`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-screen max-w-sm flex-col justify-center px-5 py-10">
      <div className="mb-5 flex items-center justify-between">
        <img src="/icon.svg" alt="" className="size-9" />
        <LanguageMenu />
      </div>
      <h1 className="text-xl">{title}</h1>
      <p className="mt-0.5 mb-6 text-sm text-muted">{purpose}</p>
      {children}
    </main>
  );
}
