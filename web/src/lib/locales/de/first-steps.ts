import type { firstSteps as english } from "../en/pages/first-steps";
import type { Same } from "../same";

export const firstSteps: Same<typeof english> = {
  title: "Erste Schritte",
  purpose: "Konto einrichten und das erste vertrauenswürdige Zertifikat ausstellen.",
  passkey: "Ohne Passwort anmelden",
  passkeyText:
    "Ein Passkey auf diesem Gerät oder ein Sicherheitsschlüssel lässt sich weder erraten noch durch Phishing stehlen.",
  passkeyDone: "Passkey hinzugefügt. Sie können ihn ab der nächsten Anmeldung verwenden.",
  hierarchy: "Ihre CAs",
  hierarchyReady: "{{root}} ist der Vertrauensanker. {{issuing}} stellt Zertifikate aus.",
  hierarchyMissing: "Erstellen Sie eine Root-CA und darunter eine ausstellende CA.",
  look: "CAs anzeigen",
  trust: "Vertrauen einrichten",
  trustText: "Installieren Sie das Zertifikat der Root-CA auf den Rechnern, die Ihren Zertifikaten vertrauen sollen.",
  trustIt: "Herunterladen und installieren",
  issue: "Das erste Zertifikat ausstellen",
  issueText: "Für einen Server, eine Person oder ein Gerät. Der Schlüssel kann in diesem Browser erzeugt werden.",
};
