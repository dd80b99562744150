import type { audit as english } from "../en/pages/audit";
import type { Same } from "../same";

export const audit: Same<typeof english> = {
  title: "Audit-Log",
  purpose: "Wer hat wann was getan? Änderungen am Log sind nachweisbar.",
  notAllowed: "Ihre Rolle darf das Audit-Log nicht lesen.",
  noHistory: "Noch keine Audit-Ereignisse.",
  scheduled: "Geplant",
  by: "von {{name}} über {{door}}",
  failed: "{{text}}: {{outcome}}",
  filter: {
    query: "Nach Aktion, Ergebnis, Name oder Objekt-ID suchen",
    action: "Aktion",
    actor: "Akteur",
    object_id: "Objekt",
  },
  outcomes: {
    success: "Erfolgreich",
    refused: "Abgelehnt",
    failed: "Fehlgeschlagen",
  },
  noMatchTitle: "Keine Treffer",
  noMatchText:
    "Jedes Wort muss im Ereignis vorkommen: in der Aktion, im Ergebnis, im Namen des Akteurs oder am Anfang der Objekt-ID. Suchen Sie mit weniger Wörtern.",
  column: {
    action: "Aktion",
    outcome: "Ergebnis",
    actor: "Akteur",
    object: "Objekt",
    time: "Zeit",
    node: "Kette",
    peer: "Adresse",
  },
  request: "Anfrage",
  signature: "Signiert mit",
  details: "Details",
  chain: "Position in der Kette",
  hash: "Hash",
  export: "Exportieren",
  exportHelp:
    "Eine JSON-Lines-Datei lässt sich auf einem anderen Rechner mit pkim audit verify --in DATEI prüfen. CSV ist für Tabellenkalkulationen.",
  format: {
    jsonl: "JSON Lines, prüfbar",
    csv: "CSV, für Tabellenkalkulationen",
  },
  formatLabel: "Format",
  since: "Von",
  until: "Bis",
  save: "Datei speichern",
  key: "Checkpoints sind mit dem Schlüssel mit diesem SHA-256 signiert",
  sealed: "Jeder Hash folgt aus dem vorherigen, und jeder MAC stammt von dieser Installation.",
  held: "Das Audit-Log ist vollständig: Es enthält alle Ereignisse, die die Checkpoints abdecken.",
  verify: "Prüfen",
  verifyHelp: "Prüft jeden Hash, jeden MAC und jeden signierten Checkpoint ab dem ersten Ereignis.",
  whole: "Das Audit-Log ist unversehrt",
  broken_one: "{{count}} Fehler gefunden",
  broken_other: "{{count}} Fehler gefunden",
  counted:
    "{{events, number}} Ereignisse in {{chains, number}} Ketten, verglichen mit {{checkpoints, number}} Checkpoints.",
};
