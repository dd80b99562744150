import { type BrowserKeyType, makeBrowserKey } from "../../src/lib/browser-key";
import type { Installation } from "./installation";

const HOSTS = ["api.payments", "build-runner-07", "vpn-gateway", "db-primary", "mail", "wiki", "metrics", "registry"];
const TYPES: readonly BrowserKeyType[] = ["ECDSA-P256", "RSA-3072", "ECDSA-P384", "Ed25519"];

/**
 * Something to look at: an authority, certificates that end sooner and later, one held and one revoked, a request that
 * waits, an act that waits for a second person, rows that were done by a file, somebody in a team who has a limited role
 * too. The pages of these four, by a name for their picture.
 */
export async function furnish(installation: Installation): Promise<Record<string, string>> {
  const edge = { name: "Edge CA", subject: "CN=Edge CA,O=Example", parent: "Root CA", key_type: "ML-DSA-65" };
  await installation.call("POST", "/cas", edge);
  const ids: string[] = [];
  for (const [index, host] of HOSTS.entries()) {
    const { csr } = await makeBrowserKey(TYPES[index % TYPES.length] ?? "ECDSA-P256");
    const sans = [`DNS:${host}.example.test`, ...(index % 3 === 0 ? [`DNS:${host}.example.org`] : [])];
    const wanted = { ...ISSUED, csr, sans, validity: `P${5 + index * 12}D` };
    ids.push((await installation.call("POST", "/certificates", wanted)).id);
  }
  await installation.call("POST", `/certificates/${ids[2]}/hold`, {});
  await installation.call("POST", `/certificates/${ids[4]}/revoke`, { reason: "superseded" });
  const request = await ask(installation, "intranet.example.test");
  const rules = [{ name: "no authority goes alone", operation: "ca.retire" }];
  await installation.call("PUT", "/approvals/rules", { version: 0, rules });
  const approval = await installation.call("POST", "/cas/Edge CA/retire", {});
  const row = { csr: (await makeBrowserKey("ECDSA-P256")).csr, sans: ["DNS:by-file.example.test"] };
  const rows = await installation.call("POST", "/certificates/bulk?action=issue&ca=Issuing CA&profile=tls-server", row);
  await credentials(installation);
  const person = await somebody(installation);
  return {
    person: `/people/${person.id}`,
    request: `/requests/${request.id}`,
    approval: `/approvals/${approval.id}`,
    "bulk-job": `/certificates/bulk/${rows.id}`,
  };
}

/** A credential of each protocol: one with a device list, and one that was revoked. */
async function credentials(installation: Installation): Promise<void> {
  const create = (protocol: string, name: string, more: object = {}) =>
    installation.call("POST", "/credentials", { ...ISSUED, protocol, name, expires: "P90D", ...more });
  await create("acme", "Web servers of the branches", { names: ["DNS:example.test"] });
  await create("est", "Branch routers", { devices: ["SN-1001, berlin.example.test", "SN-1002, lisbon.example.test"] });
  const old = await create("est", "Former branch routers");
  await installation.call("POST", `/credentials/${old.id}/revoke`, {});
  await create("scep", "Printer 7");
  await create("cmp", "Assembly line", { role: "requester" });
}

/** A user with a role of the installation's own beside the standing one, and a team. */
async function somebody(installation: Installation): Promise<{ id: string }> {
  const { user } = await installation.call<{ user: { id: string } }>("POST", "/users", {
    login: "edge",
    display_name: "Edge team's operator",
    email: "edge@example.test",
    role: "requester",
  });
  const role = { name: "edge-approver", permissions: ["request:approve", "request:read"], names: ["DNS:example.test"] };
  await installation.call("POST", "/roles", { ...role, profiles: ["tls-server"] });
  await installation.call("PUT", `/roles/${role.name}/holders/${user.id}`);
  const team = await installation.call("POST", "/teams", { name: "Edge" });
  await installation.call("PUT", `/teams/${team.id}/members/${user.id}`);
  return user;
}

const ISSUED = { ca: "Issuing CA", profile: "tls-server" };

/** By a requester's token: it waits for an approver. */
export async function ask(installation: Installation, host: string): Promise<{ id: string }> {
  const { csr } = await makeBrowserKey("ECDSA-P256");
  return installation.call("POST", "/requests", { ...ISSUED, csr, sans: [`DNS:${host}`] }, "requester");
}

export async function issue(installation: Installation, host: string): Promise<{ id: string }> {
  const { csr } = await makeBrowserKey("ECDSA-P256");
  return installation.call("POST", "/certificates", { ...ISSUED, csr, sans: [`DNS:${host}`] });
}
