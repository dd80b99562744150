import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { useCas, useValidCounts } from "../queries";
import { allBelow } from "./tree";

export type CaAct = "suspend" | "resume" | "retire" | "revoke";

/** What an operation on a CA does, in numbers: the same for who requests it, approves it, and carries it out. */
export function useCaConsequences(act: CaAct | undefined, ca: Ca | undefined): string[] {
  const { t } = useTranslation();
  const all = useCas().data?.items ?? [];
  const counts = useValidCounts();
  if (act === undefined || ca === undefined) return [];
  const consequences = [t(`cas.consequence.${act}`)];
  if (act === "retire" || act === "revoke") {
    consequences.push(...inNumbers(t, act, [ca, ...allBelow(ca, all)], counts));
  }
  return consequences;
}

/** Certificates of the CA, and of those below it where they fall with it. */
function inNumbers(t: TFunction, act: "retire" | "revoke", cas: readonly Ca[], counts: ReadonlyMap<string, number>) {
  const affected = act === "revoke" ? cas : cas.slice(0, 1);
  const valid = affected.reduce((sum, one) => sum + (counts.get(one.id) ?? 0), 0);
  const numbers = [t(act === "revoke" ? "cas.consequence.stopVerifying" : "cas.consequence.goOn", { count: valid })];
  if (act === "revoke" && cas.length > 1) numbers.push(t("cas.consequence.children", { count: cas.length - 1 }));
  return [...numbers, t("cas.consequence.forGood")];
}
