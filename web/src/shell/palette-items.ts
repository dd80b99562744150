import type { NavigateOptions } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Found as Hit } from "@/api";
import { useMe } from "@/features/session";
import { commonName } from "@/lib/names";
import { ACTIONS, NAVIGATION } from "./nav";
import { useSearch } from "./queries";

export interface Found {
  id: string;
  label: string;
  detail: string;
  link: NavigateOptions;
}

/** Pages and actions whose words contain the text, and what the server finds by it. */
export function usePaletteItems(text: string): readonly Found[] {
  const { t } = useTranslation();
  const permissions = useMe()?.permissions ?? [];
  const wanted = text.trim().toLowerCase();
  const matches = useMatches(wanted);
  const pages = NAVIGATION.flatMap((group) => group.entries).map((entry) => ({
    ...entry,
    label: t(`nav.${entry.key}`),
    detail: t("palette.pages"),
  }));
  const actions = ACTIONS.map((entry) => ({
    ...entry,
    label: t(`palette.${entry.key}`),
    detail: t("palette.actions"),
  }));
  const own = [...actions, ...pages]
    .filter((entry) => permissions.includes(entry.permission) && entry.label.toLowerCase().includes(wanted))
    .map(({ key, label, detail, to }) => ({ id: key, label, detail, link: { to } }));
  return wanted === "" ? own : [...own, ...matches];
}

function useMatches(wanted: string): readonly Found[] {
  const { t } = useTranslation();
  const found = useSearch(wanted);
  return (found.data?.items ?? []).map((one) => ({
    id: `${one.kind}-${one.id}`,
    label: one.kind === "certificate" || one.kind === "request" ? commonName(one.name) : one.name,
    detail: `${t(`palette.kind.${one.kind}`)} · ${stateOf(t, one)}`,
    link: linkTo(one),
  }));
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
