import type { NavigateOptions } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "@/features/session";
import { LANGUAGES, type Language, rememberLanguage } from "@/lib/i18n";
import { setLooks, type Theme, useLooks } from "@/lib/theme";
import { NAVIGATION } from "./nav";

const ACTIONS = [
  { link: { to: "/certificates/new" }, key: "issue", permission: "certificate:issue" },
  { link: { to: "/certificates", search: { state: "valid" } }, key: "revoke", permission: "certificate:revoke" },
  { link: { to: "/certificates", search: { state: "valid" } }, key: "renew", permission: "certificate:issue" },
  { link: { to: "/certificates/bulk" }, key: "bulk", permission: "bulk:run" },
  { link: { to: "/cas/new" }, key: "createCa", permission: "ca:create" },
  { link: { to: "/cas/import" }, key: "importCa", permission: "ca:create" },
  { link: { to: "/profiles/new" }, key: "createProfile", permission: "profile:create" },
] as const;

const THEMES = { system: "nav.themeSystem", light: "nav.themeLight", dark: "nav.themeDark" } as const;
const ENGLISH = new Intl.DisplayNames("en", { type: "language" });

interface Command {
  id: string;
  label: string;
  detail: string;
  /** Other words that find it. */
  words?: string | undefined;
  link?: NavigateOptions;
  run?: () => void;
}

/** Actions, pages, and themes that contain every word of the text; themes only if there is a text. */
export function useCommands(text: string): readonly Command[] {
  const [destinations, looks] = [useDestinations(), useAppearance()];
  const words = text.split(/\s+/);
  const isFound = (one: Command) => {
    const haystack = `${one.label} ${one.words ?? ""}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  };
  return text === "" ? destinations : [...destinations, ...looks].filter(isFound);
}

function useDestinations(): readonly Command[] {
  const { t } = useTranslation();
  const permissions = useMe()?.permissions ?? [];
  const actions = ACTIONS.map(({ key, link, permission }) => ({
    permission,
    command: { id: key, label: t(`palette.${key}`), detail: t("palette.actions"), link },
  }));
  const pages = NAVIGATION.flatMap((group) => group.entries).map(({ key, to, permission }) => ({
    permission,
    command: { id: key, label: t(`nav.${key}`), detail: t("palette.pages"), link: { to } },
  }));
  return [...actions, ...pages].filter((one) => permissions.includes(one.permission)).map((one) => one.command);
}

function useAppearance(): readonly Command[] {
  const { t } = useTranslation();
  const { density } = useLooks();
  const detail = t("palette.appearance");
  const themes = (Object.keys(THEMES) as Theme[]).map((theme) => ({
    id: `theme-${theme}`,
    label: t("palette.theme", { name: t(THEMES[theme]) }),
    detail,
    run: () => setLooks({ theme }),
  }));
  const languages = (Object.entries(LANGUAGES) as [Language, string][]).map(([language, name]) => ({
    id: `language-${language}`,
    label: t("palette.language", { name }),
    detail,
    words: ENGLISH.of(language),
    run: () => rememberLanguage(language),
  }));
  const other = density === "compact" ? "comfortable" : "compact";
  const rows = { id: "density", label: t("nav.density"), detail, run: () => setLooks({ density: other }) } as const;
  return [...themes, ...languages, rows];
}
