import type { NavigateOptions } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/features/session";
import { NAVIGATION } from "./nav";

export interface Found {
  id: string;
  label: string;
  detail: string;
  link: NavigateOptions;
}

/** Pages and actions whose words contain the text. */
export function usePaletteItems(text: string): readonly Found[] {
  const { t } = useTranslation();
  const permissions = useMe()?.permissions ?? [];
  const wanted = text.trim().toLowerCase();
  return NAVIGATION.flatMap((group) => group.entries)
    .filter((entry) => permissions.includes(entry.permission))
    .map((entry) => ({
      id: entry.key,
      label: t(`nav.${entry.key}`),
      detail: t("palette.pages"),
      link: { to: entry.to },
    }))
    .filter((item) => item.label.toLowerCase().includes(wanted));
}
