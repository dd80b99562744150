import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./locales/en";
import type { PageTexts } from "./locales/page-texts";

/** Languages by their own names, so that users find theirs in any language of the UI. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "pkim.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en & PageTexts };
    strictKeyChecks: true;
  }
}

let pageTexts: Partial<PageTexts> = {};

/** Adds the English texts of a page. Called by the module of the page, before the page is shown. */
export function addPageTexts(texts: Partial<PageTexts>): void {
  pageTexts = { ...pageTexts, ...texts };
  if (i18next.isInitialized) i18next.addResourceBundle("en", "translation", texts, true, true);
}

/** English is always there; another language is fetched when it is chosen. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: { ...en, ...pageTexts } } },
    interpolation: { escapeValue: false }, // React escapes
  });
  await setLanguage(wanted());
}

/** The language chosen before, else the first supported one of the browser. */
function wanted(): Language {
  const asked = [localStorage.getItem(KEY) ?? "", ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return asked.find((tag): tag is Language => Object.hasOwn(LANGUAGES, tag)) ?? "en";
}

/** A language whose words cannot be fetched is not spoken: the present one stays. */
export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const words = await import("./locales/de").catch(() => undefined);
    if (words === undefined) return;
    i18next.addResourceBundle(language, "translation", words.de);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  void setLanguage(language);
}
