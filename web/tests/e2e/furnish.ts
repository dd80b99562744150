import { type BrowserKeyType, makeBrowserKey } from "../../src/lib/browser-key";
import type { Installation } from "./installation";

const HOSTS = ["api.payments", "build-runner-07", "vpn-gateway", "db-primary", "mail", "wiki", "metrics", "registry"];
const TYPES: readonly BrowserKeyType[] = ["ECDSA-P256", "RSA-3072", "ECDSA-P384", "Ed25519"];

/** Something to look at: an authority, certificates that end sooner and later, one held and one revoked. */
export async function furnish(installation: Installation): Promise<void> {
  const pkim = installation.pkim.bind(installation);
  const edge = ["--name", "Edge CA", "--subject", "CN=Edge CA,O=Example", "--parent", "Root CA"];
  pkim("ca", "create", ...edge, "--key-type", "ML-DSA-65");
  const token = installation.token();
  const ids: string[] = [];
  for (const [index, host] of HOSTS.entries()) {
    const { csr } = await makeBrowserKey(TYPES[index % TYPES.length] ?? "ECDSA-P256");
    const sans = [`DNS:${host}.example.test`, ...(index % 3 === 0 ? [`DNS:${host}.example.org`] : [])];
    const answer = await fetch(`${installation.url}/api/v1/certificates`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ ca: "Issuing CA", profile: "tls-server", csr, sans, validity: `P${5 + index * 12}D` }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    ids.push((await answer.json()).id);
  }
  pkim("cert", "hold", ids[2] ?? "");
  pkim("cert", "revoke", ids[4] ?? "", "--reason", "superseded");
}
