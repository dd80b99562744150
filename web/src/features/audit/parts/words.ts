import type { TFunction } from "i18next";
import { addPageTexts } from "@/lib/i18n";
import { audit } from "@/lib/locales/en/pages/audit";
import { auditWords } from "@/lib/locales/en/pages/audit-words";
import { OUTCOMES } from "../search";

addPageTexts({ audit, auditWords });

const PARTS = ["noun", "verb"] as const;

/** Return the words that the server knows for what a user typed: it knows `certificate.revoked`, the table shows a sentence. */
export function serverWords(t: TFunction, text: string): string {
  const terms = knownTerms(t);
  let rest = text.toLowerCase().replaceAll(/[|:,]/g, " ");
  const found: string[] = [];
  for (const [label, keys] of terms) {
    if (!label.includes(" ") || !rest.includes(label)) continue;
    rest = rest.replace(label, " ");
    found.push([...keys].join("|"));
  }
  for (const word of rest.split(/\s+/).filter(Boolean)) {
    const keys = terms.filter(
      ([label]) => word.length > 2 && (label.startsWith(word) || label.split(" ").some((one) => one.startsWith(word))),
    );
    found.push([...new Set([word, ...keys.flatMap(([, own]) => [...own])])].join("|"));
  }
  return found.join(" ").slice(0, 500);
}

export function outcomeText(t: TFunction, outcome: string): string {
  return t(`audit.outcomes.${outcome}` as "audit.outcomes.success", { defaultValue: outcome });
}

/** What the table shows in lower case, longest first, with the server's words for it. */
function knownTerms(t: TFunction): [string, Set<string>][] {
  const terms = new Map<string, Set<string>>();
  const add = (label: string, key: string) => {
    const shown = label.toLowerCase();
    terms.set(shown, (terms.get(shown) ?? new Set()).add(key));
  };
  for (const part of PARTS) {
    const labels = t(`auditWords.${part}`, { returnObjects: true }) as Record<string, string>;
    for (const [key, label] of Object.entries(labels)) add(label, key);
  }
  for (const outcome of OUTCOMES) add(outcomeText(t, outcome), outcome);
  return [...terms].sort(([a], [b]) => b.length - a.length);
}
