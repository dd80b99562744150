import type { Installation } from "./installation";

/** Every page there is, by a name for its picture. */
export function allRoutes(installation: Installation): Record<string, string> {
  const [root] = installation.list("ca", "list").filter((ca: { parent: string | null }) => ca.parent === null);
  const [certificate] = installation.list("cert", "list", "--query", "localhost");
  return {
    dashboard: "/",
    certificates: "/certificates",
    certificate: `/certificates/${certificate.id}`,
    "certificate-timeline": `/certificates/${certificate.id}?tab=timeline`,
    "certificate-install": `/certificates/${certificate.id}?tab=install`,
    "certificate-raw": `/certificates/${certificate.id}?tab=raw`,
    issue: "/certificates/new",
    bulk: "/certificates/bulk",
    requests: "/requests",
    "request-submit": "/requests/new",
    approvals: "/approvals",
    "approval-rules": "/approvals/rules",
    cas: "/cas",
    ca: `/cas/${root.id}`,
    "ca-keys": `/cas/${root.id}?tab=keys`,
    "ca-rotate": `/cas/${root.id}/rotate`,
    "ca-external": `/cas/${root.id}/certificate`,
    "ca-cross-sign": `/cas/${root.id}/cross-sign`,
    "ca-crls": `/cas/${root.id}?tab=crls`,
    "ca-anchor": `/cas/${root.id}?tab=anchor`,
    "ca-create": "/cas/new",
    "ca-import": "/cas/import",
    profiles: "/profiles",
    profile: "/profiles/tls-server",
    "profile-edit": "/profiles/new?edit=tls-server",
    audit: "/audit",
    keys: "/keys",
    jobs: "/jobs",
    people: "/people",
    tokens: "/tokens",
    tools: "/tools",
    "tools-lint": "/tools?tool=lint",
    "tools-verify": "/tools?tool=verify",
    roles: "/roles",
    teams: "/teams",
    settings: "/settings",
    "first-steps": "/first-steps",
    "not-found": "/no/such/page",
  };
}
