import type { settings as english } from "../en/pages/settings";
import type { Same } from "../same";

export const settings: Same<typeof english> = {
  title: "Einstellungen",
  purpose: "Einstellungen dieser Installation und ihre Herkunft anzeigen.",
  name: "Einstellung",
  value: "Wert",
  meaning: "Bedeutung",
  source: "Quelle",
  sources: {
    default: "Standard",
    file: "Datei",
    environment: "Umgebung",
  },
  standard: "Standard: {{value}}",
  empty: "nicht gesetzt",
};
