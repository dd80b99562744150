import { Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, rememberLanguage } from "@/lib/i18n";
import { Button } from "./ui/button";
import { Menu, MenuCheck } from "./ui/menu";

const ENTRIES = Object.entries(LANGUAGES) as [Language, string][];

/** The languages as entries of a menu that is there already. */
export function LanguageEntries() {
  const { i18n } = useTranslation();
  return ENTRIES.map(([language, name]) => (
    <MenuCheck
      key={language}
      lang={language}
      checked={i18n.language === language}
      onCheckedChange={() => rememberLanguage(language)}
    >
      {name}
    </MenuCheck>
  ));
}

/** The same behind a button of its own, where there is no other menu. */
export function LanguageMenu() {
  const { t } = useTranslation();
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label={t("nav.language")}>
          <Languages aria-hidden />
        </Button>
      }
    >
      <LanguageEntries />
    </Menu>
  );
}
