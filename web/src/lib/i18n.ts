import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./locales/en";

export const LANGUAGES = { en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "pkim.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
    strictKeyChecks: true;
  }
}

/** English is always there; another language is fetched when it is chosen. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false }, // React escapes
  });
  const wanted = localStorage.getItem(KEY) ?? navigator.language.slice(0, 2);
  await setLanguage(wanted in LANGUAGES ? (wanted as Language) : "en");
}

export async function setLanguage(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  void setLanguage(language);
}
