import type { issue as english } from "../en/issue";
import type { Same } from "../same";

export const issue: Same<typeof english> = {
  purpose: "Zertifikat ausstellen: Schlüsselquelle, Profil und Namen wählen.",
  source: "Woher kommt der private Schlüssel?",
  sources: {
    browser: {
      title: "In diesem Browser erzeugt",
      text: "Der private Schlüssel verlässt diesen Rechner nie.",
    },
    csr: {
      title: "Vorhandener CSR",
      text: "CSR einfügen oder hochladen.",
    },
    server: {
      title: "Auf dem Server erzeugt",
      text: "Einmalig als PKCS-#12-Datei ausgegeben.",
    },
  },
  csr: "Zertifikatsanforderung (CSR)",
  csrHelp: "PEM oder DER in Base64.",
  csrMissing: "Fügen Sie den CSR ein, oder wählen Sie die Datei aus.",
  keyType: "Schlüsseltyp",
  keyTypeHelp: "ECDSA P-256 funktioniert überall und ist schnell. RSA ist für alte Clients.",
  passphrase: "Passphrase der Datei",
  passphraseHelp: "8 bis 128 druckbare ASCII-Zeichen. Die Passphrase wird nicht gespeichert.",
  passphraseForm: "Verwenden Sie 8 bis 128 druckbare ASCII-Zeichen.",
  names: "Namen",
  namesHelp: "Hostnamen, IP-Adressen, E-Mail-Adressen oder URIs, je Zeile ein Eintrag.",
  namesOfCsr: "Hier eingegebene Namen ersetzen die Namen im CSR.",
  noNames: "Noch keine",
  noCsr: "Aus dem CSR",
  unreadable: "Das ist kein CSR.",
  subject: "Subject",
  subjectHelp: "Für die meisten Zertifikate optional: Clients prüfen die Namen, nicht den Antragsteller.",
  fieldHelp: "{{type}} in der Erweiterung {{oid}}, höchstens {{maximum}} Zeichen. Vorgabe: der Wert im CSR.",
  fieldPattern: "Muss {{pattern}} entsprechen.",
  validity: "Gültig für",
  longest: "Das Profil erlaubt höchstens {{duration}}.",
  lifetimes: {
    profile: "Standard des Profils",
    P7D: "7 Tage",
    P30D: "30 Tage",
    P90D: "90 Tage",
    P180D: "180 Tage",
    P1Y: "1 Jahr",
  },
  sameLifetime_one: "Wie das aktuelle Zertifikat: {{count}} Tag",
  sameLifetime_other: "Wie das aktuelle Zertifikat: {{count}} Tage",
  period: {
    new: "Neues Zertifikat",
    current: "Aktuelles Zertifikat",
    shorter_one: "Das neue Zertifikat läuft {{count}} Tag vor dem aktuellen ab.",
    shorter_other: "Das neue Zertifikat läuft {{count}} Tage vor dem aktuellen ab.",
    shorter_zero: "Das neue Zertifikat läuft vor dem aktuellen ab.",
    accept: "Erneuern, obwohl das neue Zertifikat früher abläuft",
  },
  root: {
    warning:
      "Diese Installation hat keine ausstellende CA. Eine Root-CA sollte nur CA-Zertifikate signieren. Erstellen Sie zuerst eine ausstellende CA unter der Root-CA.",
    accept: "Trotzdem von der Root-CA ausstellen",
  },
  preview: "Zusammenfassung",
  done: "Zertifikat ausgestellt",
  doneHelp: "Das Zertifikat wurde signiert und im Audit-Log eingetragen.",
  waiting: "Wartet auf Genehmigung",
  waitingHelp: "Das Zertifikat wird ausgestellt, sobald der Antrag genehmigt ist.",
  combineLater:
    "Der Dateiname enthält die ID des Antrags. Sobald das Zertifikat ausgestellt ist, laden Sie es beim Antrag herunter und verwenden es mit diesem Schlüssel.",
  open: "Öffnen",
  again: "Weiteres Zertifikat ausstellen",
  rekey: "Neuer Schlüssel für {{name}}",
  rekeyHelp:
    "Stellt ein Zertifikat mit denselben Namen und demselben Profil für einen neuen Schlüssel aus. Das aktuelle Zertifikat bleibt bis zum Ablauf gültig.",
};
