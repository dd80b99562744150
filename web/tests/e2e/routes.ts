import type { Installation } from "./installation";

/** The pages of who is not in yet. */
export const OUTSIDE = { "sign-in": "/sign-in", welcome: "/welcome#secret", returned: "/oidc/corp?code=1&state=2" };

/** Every page there is for who is in, by a name for its picture, but for what `furnish` makes. */
export async function allRoutes(installation: Installation): Promise<Record<string, string>> {
  const first = async (path: string) => (await installation.call<{ items: { id: string }[] }>("GET", path)).items[0];
  const cas = await installation.call<{ items: { id: string; parent: string | null }[] }>("GET", "/cas");
  const root = cas.items.find((ca) => ca.parent === null);
  const certificate = await first("/certificates?query=localhost");
  if (!root || !certificate) throw new Error("no hierarchy");
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
    device: "/device",
    "enrollment-acme": "/enrollment?protocol=acme",
    "enrollment-est": "/enrollment?protocol=est",
    "enrollment-scep": "/enrollment?protocol=scep",
    "enrollment-cmp": "/enrollment?protocol=cmp",
    "acme-accounts": "/acme-accounts",
    tools: "/tools",
    "tools-lint": "/tools?tool=lint",
    "tools-verify": "/tools?tool=verify",
    "tools-compare": "/tools?tool=compare",
    roles: "/roles",
    teams: "/teams",
    settings: "/settings",
    "first-steps": "/first-steps",
    account: "/account",
    "set-up": "/set-up",
    "not-found": "/no/such/page",
  };
}
