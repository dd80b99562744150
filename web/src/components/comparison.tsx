import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";

export interface Compared {
  label: string;
  before: readonly string[];
  after: readonly string[];
  note?: ReactNode;
}

interface ComparisonProps {
  label: string;
  before: string;
  after: string;
  rows: readonly Compared[];
}

/** Two states of the same facts, side by side; what only one of them has is marked by sign, word and colour. */
export function Comparison({ label, before, after, rows }: ComparisonProps) {
  const { t } = useTranslation();
  return (
    <div className="overflow-hidden rounded-lg border bg-surface">
      <table aria-label={label} className="w-full table-fixed text-sm">
        <thead>
          <tr className="border-b text-left text-xs text-muted [&>th]:px-2.5 [&>th]:py-2 sm:[&>th]:px-4 [&>th]:font-medium">
            <th className="w-[26%]">{t("common.fact")}</th>
            <th>{before}</th>
            <th>{after}</th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {rows.map((row) => (
            <tr
              key={row.label}
              className="align-top [&>*]:px-2.5 [&>*]:py-2.5 sm:[&>*]:px-4 [&>*]:[overflow-wrap:anywhere]"
            >
              <th className="text-left font-normal text-muted">{row.label}</th>
              <td>
                <Side items={row.before} other={row.after} kind="removed" />
              </td>
              <td>
                <Side items={row.after} other={row.before} kind="added" />
                {row.note && <div className="text-xs text-muted">{row.note}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SIGN = { added: "+", removed: "−" };

interface SideProps {
  items: readonly string[];
  other: readonly string[];
  kind: "added" | "removed";
}

function Side({ items, other, kind }: SideProps) {
  const { t } = useTranslation();
  if (items.length === 0) return <span className="text-muted">{t("common.none")}</span>;
  return items.map((item) => {
    const isOnlyHere = !other.includes(item);
    return (
      <div key={item} className={cn(isOnlyHere && (kind === "added" ? "text-good" : "text-danger"))}>
        {isOnlyHere && (
          <>
            <span aria-hidden>{SIGN[kind]} </span>
            <span className="sr-only">{t(`common.${kind}`)} </span>
          </>
        )}
        {item}
      </div>
    );
  });
}
