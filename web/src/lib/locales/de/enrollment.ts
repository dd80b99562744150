import type { enrollment as english } from "../en/pages/enrollment";
import type { Same } from "../same";

export const enrollment: Same<typeof english> = {
  title: "Enrollment",
  purpose: "Zugangsdaten verwalten, mit denen Geräte und Server Zertifikate beziehen.",
  protocol: "Protokoll",
  about: {
    acme: "Für Webserver. Clients weisen nach, dass sie ihre Namen kontrollieren, und sind an einen EAB-Schlüssel gebunden (External Account Binding).",
    est: "Für Router und Gateways. Geräte senden Benutzername und Passwort und erneuern mit ihrem Zertifikat (RFC 7030).",
    scep: "Für Telefone, Drucker und Router, oft über ein MDM-System konfiguriert. Geräte senden ein Challenge-Passwort (RFC 8894).",
    cmp: "Für Industriegeräte und Basisstationen. Geräte weisen nach, dass sie ein gemeinsames Geheimnis kennen (RFC 9810).",
  },
  off: "{{protocol}} ist auf diesem Server abgeschaltet: Alle Pfade antworten mit 404. Setzen Sie {{setting}} in der Konfigurationsdatei auf true, um das Protokoll einzuschalten.",
  keys: "EAB-Schlüssel",
  listOf: { acme: "EAB-Schlüssel", est: "EST-Zugangsdaten", scep: "SCEP-Zugangsdaten", cmp: "CMP-Zugangsdaten" },
  create: {
    acme: "EAB-Schlüssel erstellen",
    est: "EST-Zugang erstellen",
    scep: "SCEP-Challenge erstellen",
    cmp: "CMP-Geheimnis erstellen",
  },
  createHelp: {
    acme: "ACME-Clients registrieren sich mit diesem Schlüssel. Beschränken Sie ihn auf CA, Profil und Namen, die sie benötigen.",
    est: "Geräte melden sich mit diesem Benutzernamen und Passwort an. Beschränken Sie den Zugang auf CA, Profil und Namen, die sie benötigen.",
    scep: "Geräte weisen sich mit dieser Challenge aus. Beschränken Sie sie auf CA, Profil und Namen, die die Geräte benötigen.",
    cmp: "Geräte weisen sich mit diesem Geheimnis aus. Beschränken Sie es auf CA, Profil und Namen, die die Geräte benötigen.",
  },
  emptyTitle: {
    acme: "Noch keine EAB-Schlüssel",
    est: "Noch keine EST-Zugangsdaten",
    scep: "Noch keine SCEP-Challenges",
    cmp: "Noch keine CMP-Geheimnisse",
  },
  emptyText: "Erstellen Sie Zugangsdaten, und übernehmen Sie die danach angezeigte Konfiguration in Ihren Client.",
  emptyTextReader: "Sie sehen nur Zugangsdaten, für die Ihre Rolle gilt.",
  copyTitle: "Geheimnis von {{name}} kopieren",
  copyHelp: "Kopieren Sie das Geheimnis jetzt. Es wird nur einmal angezeigt.",
  saved: "Ich habe das Geheimnis gespeichert",
  client: "Client",
  host: "Hostname",
  hostInvalid: "Geben Sie einen Hostnamen ein, zum Beispiel www.example.com.",
  recipeNeeds: "Die Konfiguration erfordert eine CA, die Sie sehen können, und ein Profil.",
  recipeTrust:
    "Führen Sie die ersten Befehle einmal auf dem Client aus. Wenn pkim dort nicht installiert ist, öffnen Sie die Root-CA auf der Seite <cas>Zertifizierungsstellen</cas>, und verwenden Sie die Befehle im Tab „Vertrauen“.",
  recipePrepare: "Root-Zertifikat prüfen und als vertrauenswürdig installieren",
  recipePlaceholder:
    "Ersetzen Sie HMAC_KEY durch den HMAC-Schlüssel, der beim Erstellen des EAB-Schlüssels angezeigt wurde.",
  preview: "Konfiguration anzeigen",
  previewHelp: "KEY_ID und HMAC_KEY sind Platzhalter. Erstellen Sie einen EAB-Schlüssel, um ihre Werte zu erhalten.",
  recipeSource: {
    tested: "Die Tests von PKI Manager führen diese Konfiguration aus.",
    vendor: "Diese Konfiguration folgt der Dokumentation des Herstellers.",
  },
  rootHelp:
    "root.pem ist das Zertifikat der Root-CA: Öffnen Sie die Root-CA auf der Seite <cas>Zertifizierungsstellen</cas>, und laden Sie es im Tab „Vertrauen“ herunter.",
  placeholderHelp: "Ersetzen Sie SECRET durch das Geheimnis, das beim Erstellen angezeigt wurde.",
  url: { acme: "Verzeichnis-URL", est: "EST-URL", scep: "SCEP-URL", cmp: "CMP-URL" },
  id: { acme: "Schlüssel-ID (kid)", est: "Benutzername", scep: "ID der Zugangsdaten", cmp: "Referenz" },
  secret: { acme: "HMAC-Schlüssel", est: "Passwort", scep: "Challenge-Passwort", cmp: "Gemeinsames Geheimnis" },
  nameHelp: "Beschreiben Sie, welche Geräte die Zugangsdaten verwenden, zum Beispiel Filialrouter.",
  names: "Zulässige Namen",
  namesHelp:
    "Ein Muster je Zeile, zum Beispiel DNS:example.com mit allen Namen darunter. Standard: keine Beschränkung.",
  notLimited: "Nicht beschränkt",
  issuance: "Zertifikate",
  by: { "registration-authority": "werden sofort ausgestellt", requester: "warten auf Genehmigung" },
  expiresHelp: "Mit den Zugangsdaten enden auch Erneuerungen.",
  lifetimes: { P7D: "7 Tage", P30D: "30 Tage", P90D: "90 Tage", P1Y: "1 Jahr", P2Y: "2 Jahre" },
  devices: "Geräte",
  devicesCount_one: "{{count, number}} zulässiges Gerät",
  devicesCount_other: "{{count, number}} zulässige Geräte",
  devicesHelp: "Ein Gerät je Zeile: seine Seriennummern und Namen, durch Kommas getrennt. Standard: alle Geräte.",
  devicesHelpScep:
    "Ein Gerät je Zeile: seine Seriennummern und Namen, durch Kommas getrennt. Ohne Liste gilt die Challenge für ein beliebiges Gerät, einmal.",
  open: "Registrierung ohne Schlüssel zulassen",
  openHelp: "Jeder Client, der diesen Server erreicht, erhält Zertifikate für Namen, die er kontrolliert.",
  preAuthorized: "Ohne Validierung ausstellen (vorab autorisiert)",
  preAuthorizedHelp:
    "Clients erhalten Zertifikate für die zulässigen Namen ohne Challenge. Standard: Jeder Name wird validiert.",
  preAuthorizedWarning:
    "Wer diesen Schlüssel hat, erhält Zertifikate für alle zulässigen Namen. Nichts prüft, ob er die Namen kontrolliert. Lassen Sie nur wenige Namen und eine kurze Gültigkeit zu.",
  namesNeeded: "Geben Sie die zulässigen Namen ein. Ein Schlüssel ohne Validierung muss auf Namen beschränkt sein.",
  validation: "Validierung",
  noValidation: "Keine (vorab autorisiert)",
  serverKeys: "Auf dem Server erzeugte Schlüssel zulassen",
  serverKeysHelp:
    "Geräte können private Schlüssel vom Server erhalten. Nur für Geräte, die selbst keine Schlüssel erzeugen können.",
  serverKeysFact: "Auf dem Server erzeugte Schlüssel",
  legacy: "3DES und SHA-1 zulassen",
  legacyHelp: "Nur für Geräte, die nichts Besseres beherrschen. Standard: AES und SHA-256 sind erforderlich.",
  legacyWarning:
    "3DES und SHA-1 sind schwach. Andere im Netzwerk können die Challenge eines solchen Geräts lesen. Verwenden Sie die Zugangsdaten nur in einem Netzwerk, dem Sie vertrauen.",
  legacyFact: "3DES und SHA-1",
  reference: { validator: "Prüfdienst für Challenges", ra_certificate: "Zertifikat der Registrierungsstelle" },
  referenceHelp: {
    validator:
      "Name eines Dienstes aus den Einstellungen (scep_validators), der die Challenges der Geräte prüft. Standard: Die Zugangsdaten haben eine eigene Challenge.",
    ra_certificate:
      "ID eines Zertifikats für CMP-Registrierungsstellen. Anfragen werden damit signiert. Standard: Die Zugangsdaten haben ein gemeinsames Geheimnis.",
  },
  validatedBy: "Geräte, deren Challenge {{validator}} annimmt",
  allowed: "Zugelassen",
  state: { active: "Aktiv", used: "Verwendet", revoked: "Widerrufen", expired: "Abgelaufen" },
  address: "URL",
  owner: "Eigentümer",
  use: "Verwendung",
  once: "Ein Gerät, einmal",
  repeated: "Alle Geräte der Liste",
  configure: "Konfigurieren",
  configureName: "Clients von {{name}} konfigurieren",
  detailsHelp: "Beschränkungen der Zugangsdaten und Konfiguration der Clients.",
  revoke: "Zugangsdaten widerrufen",
  revokeName: "{{name}} widerrufen",
  revokeEffect:
    "Clients können damit weder Zertifikate anfordern noch erneuern. Das lässt sich nicht rückgängig machen.",
  revokeKeeps: "Bereits ausgestellte Zertifikate bleiben gültig.",
};
