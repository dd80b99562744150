import type { settings as english } from "../en/pages/settings";
import type { Same } from "../same";

export const settings: Same<typeof english> = {
  title: "Einstellungen",
  purpose:
    "Womit diese Installation gestartet ist. Sie stehen in ihrer Datei und ihrer Umgebung und werden vor dem Start geprüft.",
  name: "Einstellung",
  value: "Wert",
  meaning: "Bedeutung",
  source: "Quelle",
  sources: { default: "Vorgabe", file: "Datei", environment: "Umgebung" },
  standard: "Vorgabe: {{value}}",
  empty: "nicht gesetzt",
};
