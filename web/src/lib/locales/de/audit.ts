import type { audit as english } from "../en/audit";
import type { Same } from "../same";

export const audit: Same<typeof english> = {
  title: "Audit",
  purpose: "Alles, was getan wurde, von wem, und wie es ausging. Niemand kann es unbemerkt ändern.",
  notAllowed: "Ihre Rolle darf das Audit-Protokoll nicht lesen.",
  noHistory: "Dazu ist noch nichts verzeichnet.",
  scheduled: "Geplant",
  by: "von {{name}} über {{door}}",
  failed: "{{text}}: {{outcome}}",
  filter: {
    query: "Nach Aktion, Ergebnis, Name oder Objekt-ID suchen",
    action: "Aktion",
    actor: "Handelnder",
    object_id: "Objekt",
  },
  outcomes: { success: "Erfolgreich", refused: "Abgelehnt", failed: "Fehlgeschlagen" },
  noMatchTitle: "Keine Treffer",
  noMatchText:
    "Jedes Wort muss im Ereignis vorkommen: in der Aktion, im Ergebnis, im Namen des Handelnden oder am Anfang der Objekt-ID. Suchen Sie mit weniger Wörtern.",
  column: {
    action: "Vorgang",
    outcome: "Ergebnis",
    actor: "Durch",
    object: "Gegenstand",
    time: "Zeit",
    node: "Kette",
    peer: "Von",
  },
  request: "Anfrage",
  signature: "Signiert mit",
  details: "Einzelheiten",
  chain: "Stelle in der Kette",
  hash: "Hash",
  export: "Ausgeben",
  exportHelp: "JSON Lines beweisen sich auch anderswo: pkim audit verify --in DATEI. CSV ist zum Lesen.",
  format: { jsonl: "JSON Lines, beweisbar", csv: "CSV, für eine Tabelle" },
  formatLabel: "Format",
  since: "Von",
  until: "Bis",
  save: "Datei sichern",

  key: "Prüfpunkte sind mit dem Schlüssel dieses SHA-256 signiert",
  sealed: "Jeder Hash folgt aus dem davor, und jedes Siegel ist unseres.",
  held: "Jede Kette hat noch, was die Prüfpunkte sahen: Nichts wurde abgeschnitten.",
  verify: "Prüfen",
  verifyHelp: "Jeder Hash, jedes Siegel und jeder signierte Prüfpunkt wird vom ersten Ereignis an geprüft.",
  whole: "Das Protokoll ist unversehrt",
  broken_one: "{{count}} Fehler gefunden",
  broken_other: "{{count}} Fehler gefunden",
  counted:
    "{{events, number}} Ereignisse in {{chains, number}} Ketten, gehalten gegen {{checkpoints, number}} Prüfpunkte.",
};
