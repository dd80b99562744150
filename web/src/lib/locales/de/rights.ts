import type { rights as englishRights, teams as englishTeams } from "../en/rights";
import type { Same } from "../same";

export const rights: Same<typeof englishRights> = {
  title: "Rollen",
  purpose: "Rollen und ihre Berechtigungen verwalten.",
  create: "Rolle erstellen",
  own: "Eigene Rollen",
  standing: "Integrierte Rollen",
  matrix: "Berechtigungen der integrierten Rollen",
  permission: "Berechtigung",
  permissions_one: "{{count}} Berechtigung",
  permissions_other: "{{count}} Berechtigungen",
  dangerous: "Erfordert eine aktuelle Anmeldung",
  reach: {
    all: "Alle",
    team: "Team",
    own: "Eigene",
  },
  whose: "Geltungsbereich",
  noLimit: "Nicht beschränkt",
  allows: "Berechtigungen",
  holders: "Benutzer mit dieser Rolle",
  nobody: "Noch keine Benutzer.",
  user: "Benutzer",
  choose: "Benutzer auswählen",
  add: "Hinzufügen",
  remove: "{{login}} entfernen",
  open: "{{name}} öffnen",
  saved: "{{name}} gespeichert",
  emptyTitle: "Noch keine eigenen Rollen",
  emptyText:
    "Für die meisten Installationen genügen die integrierten Rollen unten. Erstellen Sie eine eigene Rolle für andere Berechtigungen oder einen engeren Geltungsbereich.",
  dialogHelp: "Berechtigungen, Geltungsbereich und Benutzer dieser Rolle.",
  editHelp:
    "Sie können nur Berechtigungen gewähren, die Sie selbst haben. Änderungen gelten sofort für alle Benutzer mit dieser Rolle.",
  nameHelp: "Der Name lässt sich später nicht ändern.",
  namesHelp:
    "Je Zeile ein Eintrag, zum Beispiel DNS:example.com (mit Subdomains) oder IP:10.0.0.0/8. Standard: alle Namen.",
  noneTicked: "Standard: keine Beschränkung.",
  permissionMissing: "Wählen Sie mindestens eine Berechtigung aus.",
  retireConsequence: "Die Rolle verliert endgültig alle Berechtigungen. Ihr Name kann nicht erneut verwendet werden.",
  retireForGood: "Rolle stilllegen",
};

export const teams: Same<typeof englishTeams> = {
  title: "Teams",
  purpose: "Teams verwalten, die Zertifikate, Anträge und Token gemeinsam nutzen.",
  create: "Team erstellen",
  members: "Mitglieder",
  dialogHelp: "Mitglieder können die Objekte des Teams im Rahmen ihrer Rollen verwenden.",
  emptyTitle: "Noch keine Teams",
  emptyText: "Ohne Teams sehen Antragsteller nur ihre eigenen Anträge und Zertifikate.",
};
