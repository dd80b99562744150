import type { acme as english } from "../en/pages/acme";
import type { Same } from "../same";

export const acme: Same<typeof english> = {
  title: "ACME-Konten",
  key: "Schlüssel",
  contacts: "Kontakte",
  account: "Konto",
  owner: "Eigentümer",
  created: "Registriert",
  emptyTitle: "Noch keine ACME-Konten",
  emptyText: "Ein Client erscheint hier, sobald er sich mit einem EAB-Schlüssel registriert.",
  standing: {
    valid: "Aktiv",
    deactivated: "Deaktiviert",
    revoked: "Widerrufen",
    keyRevoked: "Schlüssel widerrufen",
    keyExpired: "Schlüssel abgelaufen",
  },
  revoke: "Ein Konto von {{name}} widerrufen?",
  consequence:
    "Das Konto wird endgültig widerrufen. Seine Zertifikate ändern sich nicht. Das lässt sich nicht rückgängig machen.",
  keyStays:
    "Andere Clients können sich weiterhin mit dem Schlüssel registrieren. Widerrufen Sie den Schlüssel, um das zu verhindern.",
};
