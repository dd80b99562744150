import { useQuery } from "@tanstack/react-query";
import type { NavigateOptions } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import { useMay, useMe } from "@/features/session";
import { shortened } from "@/lib/hex";
import { displayName } from "@/lib/names";
import { useDebounced } from "@/lib/use-debounced";
import { ACTIONS, NAVIGATION } from "./nav";

const PAUSE = 150;
const MATCHES = 8;

export interface Found {
  id: string;
  label: string;
  detail: string;
  link: NavigateOptions;
}

/** Pages and actions whose words contain the text, and certificates that the server finds by it. */
export function usePaletteItems(text: string): readonly Found[] {
  const { t } = useTranslation();
  const permissions = useMe()?.permissions ?? [];
  const wanted = text.trim().toLowerCase();
  const certificates = useCertificateMatches(wanted);
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
  return wanted === "" ? own : [...own, ...certificates];
}

function useCertificateMatches(wanted: string): readonly Found[] {
  const { t } = useTranslation();
  const may = useMay("certificate:read");
  const query = useDebounced(wanted, PAUSE);
  const found = useQuery({
    ...api.listCertificatesOptions({ query: { query, limit: MATCHES } }),
    enabled: may && query.length > 1,
  });
  return (found.data?.items ?? []).map((one) => ({
    id: one.id,
    label: displayName(one),
    detail: `${t(`certificates.state.${one.state}`)} · ${one.profile} · ${shortened(one.serial_number)}`,
    link: { to: "/certificates/$id", params: { id: one.id } },
  }));
}
