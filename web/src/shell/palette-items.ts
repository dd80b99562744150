import type { NavigateOptions } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Found as Hit } from "@/api";
import { commonName, matchingName } from "@/lib/names";
import { useCommands } from "./palette-commands";
import { useNamesOf, useSearch } from "./queries";

export interface Found {
  id: string;
  label: string;
  detail: string;
  /** Why it was found, where the label does not say so. */
  reason?: string | undefined;
  link?: NavigateOptions;
  run?: () => void;
}

/** Pages, actions, and looks that contain every word of the text, and what the server finds by it. */
export function usePaletteItems(text: string): readonly Found[] {
  const wanted = text.trim().toLowerCase();
  const own = useCommands(wanted);
  const matches = useMatches(wanted);
  return wanted === "" ? own : [...own, ...matches];
}

function useMatches(wanted: string): readonly Found[] {
  const { t } = useTranslation();
  const found = useSearch(wanted).data?.items ?? [];
  const isLabelled = (one: Hit) => one.kind !== "certificate" || one.name.toLowerCase().includes(wanted);
  const namesOf = useNamesOf(wanted, !found.every(isLabelled));
  return found.map((one) => {
    const name = isLabelled(one) ? undefined : matchingName(namesOf(one.id), wanted);
    return {
      id: `${one.kind}-${one.id}`,
      label: one.kind === "certificate" || one.kind === "request" ? commonName(one.name) : one.name,
      detail: `${t(`palette.kind.${one.kind}`)} · ${stateOf(t, one)}`,
      reason: name && name !== one.name ? t("palette.alsoNamed", { name }) : undefined,
      link: linkTo(one),
    };
  });
}

function stateOf(t: TFunction, one: Hit): string {
  if (one.kind === "certificate") return t(`certificates.state.${one.state}` as "certificates.state.valid");
  if (one.kind === "request") return t(`requests.state.${one.state}` as "requests.state.ready");
  if (one.kind === "user") return t(`people.state.${one.state}` as "people.state.active");
  return t(`status.${one.state}` as "status.active");
}

function linkTo(one: Hit): NavigateOptions {
  if (one.kind === "certificate") return { to: "/certificates/$id", params: { id: one.id } };
  if (one.kind === "request") return { to: "/requests/$id", params: { id: one.id } };
  return one.kind === "ca"
    ? { to: "/cas/$ca", params: { ca: one.id } }
    : { to: "/people/$user", params: { user: one.id } };
}
