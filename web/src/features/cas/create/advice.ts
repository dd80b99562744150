import type { TFunction } from "i18next";
import type { Backend, Ca } from "@/api";
import { DAY } from "@/lib/time";
import { type CaForm, OUTSIDE } from "./form";

const SHORTEST_ROOT = 10;
const YEAR = 365.25 * DAY;

/** What experience says about these choices. */
export function advice(
  t: TFunction,
  form: Pick<CaForm, "parent" | "key_type" | "validity" | "permitted" | "backend">,
  parent: Ca | undefined,
  backend: Backend | undefined,
): string[] {
  const years = Number.parseInt(form.validity.slice(1), 10);
  const hints: string[] = [];
  if (!form.parent) {
    hints.push(t("cas.advice.root"));
    if (years < SHORTEST_ROOT) hints.push(t("cas.advice.shortRoot"));
  } else if (form.parent === OUTSIDE) {
    hints.push(t("cas.advice.outside"));
  } else {
    if (parent?.not_after && Date.now() + years * YEAR > Date.parse(parent.not_after))
      hints.push(t("cas.advice.outlives"));
    if (!form.permitted) hints.push(t("cas.advice.constraints"));
  }
  if (form.key_type.startsWith("ML-DSA")) hints.push(t("cas.advice.quantum"));
  if (form.key_type.startsWith("ECDSA")) hints.push(t("cas.advice.ecdsa"));
  if (form.key_type.startsWith("RSA")) {
    hints.push(t("cas.advice.rsa"));
    if (backend?.kind === "cosmian") hints.push(t("cas.advice.rsaInKms"));
  }
  return hints;
}
