import type { device as english } from "../en/pages/device";
import type { Same } from "../same";

export const device: Same<typeof english> = {
  title: "Anmeldung bestätigen",
  purpose: "Melden Sie eine Kommandozeile mit dem Code an, den sie zeigt.",
  code: "Code",
  codeHelp: "Geben Sie den Code ein, den pkim login zeigt, zum Beispiel WDJB-MJHT.",
  codeForm: "Geben Sie die 8 Buchstaben des Codes ein.",
  unknown:
    "Zu diesem Code wartet keine Anmeldung. Vergleichen Sie ihn mit der Kommandozeile, oder beginnen Sie dort neu.",
  continue: "Weiter",
  question: "{{host}} anmelden?",
  warning:
    "Genehmigen Sie nur eine Anmeldung, die Sie selbst gerade begonnen haben. Hat Ihnen jemand diesen Code geschickt, lehnen Sie ab: Der Absender würde in Ihrem Namen handeln.",
  client: "Programm",
  host: "Rechner",
  unverified: "Angabe des Programms. Nicht geprüft.",
  peer: "Adresse",
  started: "Begonnen",
  roleHelp: "Das Token hat die Berechtigungen dieser Rolle, aber nie mehr als Sie.",
  until: "Gültig bis {{time}}, wenn Sie es nicht vorher widerrufen.",
  approve: "Anmeldung genehmigen",
  deny: "Ablehnen",
  back: "Zurück",
  end: { approved: "Anmeldung genehmigt", denied: "Anmeldung abgelehnt" },
  endText: {
    approved: "Kehren Sie zur Kommandozeile zurück. Sie können ihr Token jederzeit widerrufen.",
    denied: "Die Kommandozeile erhält kein Token, und ihr Code ist nicht mehr gültig.",
  },
  tokens: "API-Token anzeigen",
};
