import type { acme as english } from "../en/acme";
import type { Same } from "../same";

export const acme: Same<typeof english> = {
  title: "ACME-Konten",
  purpose:
    "Programme, die sich ihre Zertifikate selbst holen. Jedes wurde von einem Schlüssel eingelassen und kann, was der Schlüssel darf.",
  create: "ACME-Schlüssel anlegen",
  createHelp: "Mit einem Schlüssel melden sich ACME-Programme an. Beschränken Sie ihn auf das, wofür sie da sind.",
  made: "Das ist der Schlüssel",
  madeHelp: "Er wird nur jetzt gezeigt: Er wird nicht noch einmal gesagt.",
  keyId: "Kennung des Schlüssels (kid)",
  hmacKey: "HMAC-Schlüssel",
  client: "Programm",
  issuing: "Zertifikate",
  by: { "registration-authority": "werden sofort ausgestellt", requester: "warten auf Genehmigung" },
  expiresHelp: "Alle Konten des Schlüssels enden mit ihm.",
  open: "Auch Programme ohne Schlüssel dürfen sich anmelden",
  openHelp: "Wer diesen Server erreicht, bekommt Zertifikate für die Namen, über die er verfügt.",
  lifetimes: { P90D: "90 Tage", P1Y: "1 Jahr", P2Y: "2 Jahre" },
  key: "Schlüssel",
  contacts: "Kontakte",
  account: "Konto",
  owner: "Eigentümer",
  created: "Angemeldet",
  emptyTitle: "Keine ACME-Konten",
  emptyText: "Legen Sie einen Schlüssel an, und geben Sie ihn certbot, Caddy oder einem anderen Programm.",
  standing: {
    valid: "Aktiv",
    deactivated: "Stillgelegt",
    revoked: "Widerrufen",
    keyRevoked: "Schlüssel widerrufen",
    keyExpired: "Schlüssel abgelaufen",
  },
  revoke: "Ein Konto von {{name}} widerrufen?",
  consequence: "Es darf ab jetzt nichts mehr, für immer. Seine Zertifikate bleiben, wie sie sind.",
  keyStays:
    "Sein Schlüssel kann weiter andere einlassen: Widerrufen Sie das API-Token dieses Namens, um ihn zu beenden.",
};
