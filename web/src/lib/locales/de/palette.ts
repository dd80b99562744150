import type { palette as english } from "../en/palette";
import type { Same } from "../same";

export const palette: Same<typeof english> = {
  title: "Suche und Befehle",
  placeholder: "Name, Seriennummer, Fingerabdruck, Antragsteller, Seite, Aktion",
  kind: { ca: "CA", certificate: "Zertifikat", request: "Antrag", user: "Benutzer" },
  alsoNamed: "Auch gültig für {{name}}",
  empty: "Keine Treffer",
  pages: "Seiten",
  actions: "Aktionen",
  appearance: "Darstellung",
  issue: "Zertifikat ausstellen",
  revoke: "Zertifikate widerrufen: in der Liste auswählen",
  renew: "Zertifikate erneuern: in der Liste auswählen",
  bulk: "Massenvorgänge",
  createCa: "CA erstellen",
  importCa: "CA importieren",
  createProfile: "Profil erstellen",
  theme: "Design: {{name}}",
  language: "Sprache: {{name}}",
  hint: "↑ ↓ auswählen, Eingabe öffnen, Esc schließen",
};
