import type { jobs as english } from "../en/pages/jobs";
import type { Same } from "../same";

export const jobs: Same<typeof english> = {
  title: "Jobs",
  purpose: "Hintergrund-Jobs ansehen und fehlgeschlagene erneut ausführen.",
  kind: "Job",
  kinds: {
    bulk: "Massenvorgang",
    publish_status: "Status veröffentlichen",
    publish_new_status: "Status neuer Zertifikate veröffentlichen",
    validate_challenge: "Namen für ACME validieren",
    publish_crl: "CRL veröffentlichen",
    renew_ocsp_signer: "OCSP-Signaturzertifikat erneuern",
    renew_scep_ra: "SCEP-Registrierungsstelle erneuern",
    publish_ca_certificate: "CA-Zertifikat veröffentlichen",
  },
  state: {
    queued: "Wartet",
    running: "Läuft",
    done: "Erledigt",
    failed: "Fehlgeschlagen",
    cancelled: "Abgebrochen",
  },
  tries: "Versuche",
  error: "Letzter Fehler",
  changed: "Geändert",
  act: { cancel: "Abbrechen", retry: "Erneut versuchen" },
  emptyTitle: "Keine Jobs",
  emptyText: "Zurzeit wartet kein Job, und zuletzt wurde keiner ausgeführt.",
};
