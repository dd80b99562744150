export const CLIENTS = ["certbot", "lego", "caddy"] as const;
export type Client = (typeof CLIENTS)[number];

export interface Binding {
  directory: string;
  keyId: string;
  hmacKey: string;
}

/** Where a client begins. No character of a name can end the word that it stands in, in a shell or a configuration. */
export function directoryUrl(acmeUrl: string, ca: string, profile: string): string {
  return `${acmeUrl}/${encoded(ca)}/${encoded(profile)}/directory`;
}

function encoded(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What makes a client register and get its first certificate; `root.pem` is the root that it has to trust. */
export function clientCommand(client: Client, { directory, keyId, hmacKey }: Binding): string {
  switch (client) {
    case "certbot":
      return lines(
        "sudo REQUESTS_CA_BUNDLE=root.pem certbot certonly --standalone \\",
        `  --server ${directory} \\`,
        `  --eab-kid ${keyId} \\`,
        `  --eab-hmac-key ${hmacKey} \\`,
        "  -d www.example.com",
      );
    case "lego":
      return lines(
        "sudo LEGO_CA_CERTIFICATES=root.pem lego --accept-tos --email ops@example.com \\",
        `  --server ${directory} \\`,
        `  --eab --kid ${keyId} \\`,
        `  --hmac ${hmacKey} \\`,
        "  --http --domains www.example.com run",
      );
    case "caddy":
      return lines(
        "{",
        `    acme_ca ${directory}`,
        "    acme_ca_root /etc/caddy/root.pem",
        "    acme_eab {",
        `        key_id ${keyId}`,
        `        mac_key ${hmacKey}`,
        "    }",
        "}",
      );
  }
}

function lines(...all: string[]): string {
  return `${all.join("\n")}\n`;
}
