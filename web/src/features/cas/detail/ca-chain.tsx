import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { Chain } from "@/components/chain";
import { pathTo } from "../parts/tree";
import { useCas } from "../queries";
import { CaBadge } from "../status";

/** The CA between its root and what it has certified, each with its state. */
export function CaChain({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const all = useCas().data?.items ?? [];
  const below = all.filter((one) => one.parent === ca.id);
  const path = pathTo(ca, all);
  return (
    <>
      <Chain
        label={t("cas.chain")}
        links={path.map((one) => ({
          id: one.id,
          isCurrent: one.id === ca.id,
          title: one.id === ca.id ? one.name : <CaLink ca={one} />,
          detail: one.key_type ?? t("cas.noKey"),
          status: <CaBadge state={one.state} until={one.not_after} />,
        }))}
      />
      {below.length > 0 && (
        <ul aria-label={t("cas.below")} className="ml-6 border-l border-border-strong pt-4">
          {below.map((one) => (
            <li key={one.id} className="flex items-center gap-2 pb-2">
              <span aria-hidden className="h-px w-4 shrink-0 bg-border-strong" />
              <span className="min-w-0 flex-1 truncate text-sm">
                <CaLink ca={one} />
              </span>
              <CaBadge state={one.state} until={one.not_after} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function CaLink({ ca }: { ca: Pick<Ca, "id" | "name"> }) {
  return (
    <Link to="/cas/$ca" params={{ ca: ca.id }} className="hover:underline">
      {ca.name}
    </Link>
  );
}
