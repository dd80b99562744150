import { fileName } from "@/lib/download";

export const SYSTEMS = ["nginx", "apache", "haproxy", "kubernetes", "java", "windows"] as const;
export type System = (typeof SYSTEMS)[number];

/**
 * What to write where, for a certificate of that name. The name goes in only as a file name of letters, digits, dots
 * and dashes: nothing in a certificate can become part of a command.
 */
export function snippet(system: System, name: string): string {
  const file = fileName(name, "x").slice(0, -2);
  const resource =
    file
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, "-")
      .replace(/^[.-]+|[.-]+$/g, "") || "certificate";
  switch (system) {
    case "nginx":
      return lines(
        "server {",
        "    listen 443 ssl;",
        `    ssl_certificate     /etc/ssl/private/${file}.fullchain.pem;`,
        `    ssl_certificate_key /etc/ssl/private/${file}.key;`,
        "    ssl_protocols       TLSv1.2 TLSv1.3;",
        "}",
      );
    case "apache":
      return lines(
        "<VirtualHost *:443>",
        "    SSLEngine on",
        `    SSLCertificateFile    /etc/ssl/private/${file}.fullchain.pem`,
        `    SSLCertificateKeyFile /etc/ssl/private/${file}.key`,
        "</VirtualHost>",
      );
    case "haproxy":
      return lines(
        "# HAProxy wants chain and key in one file:",
        `#   cat ${file}.fullchain.pem ${file}.key > /etc/haproxy/certs/${file}.pem`,
        "frontend https",
        `    bind :443 ssl crt /etc/haproxy/certs/${file}.pem alpn h2,http/1.1`,
      );
    case "kubernetes":
      return `kubectl create secret tls ${resource} --cert=${file}.fullchain.pem --key=${file}.key\n`;
    case "java":
      return lines(
        `openssl pkcs12 -export -in ${file}.fullchain.pem -inkey ${file}.key -name server -out keystore.p12`,
        "# server.properties",
        "server.ssl.key-store=keystore.p12",
        "server.ssl.key-store-type=PKCS12",
        "server.ssl.key-alias=server",
      );
    case "windows":
      return lines(
        `openssl pkcs12 -export -in ${file}.fullchain.pem -inkey ${file}.key -out ${file}.pfx`,
        "# PowerShell, as administrator",
        `Import-PfxCertificate -FilePath .\\${file}.pfx -CertStoreLocation Cert:\\LocalMachine\\My -Password (Read-Host -AsSecureString)`,
      );
  }
}

function lines(...all: string[]): string {
  return `${all.join("\n")}\n`;
}

/** Combines the downloaded chain with the private key in a PKCS #12 file. */
export function pkcs12Command(name: string): string {
  const [key, chain, p12] = ["key", "fullchain.pem", "p12"].map((extension) => fileName(name, extension));
  return lines(`openssl pkcs12 -export -inkey ${key} -in ${chain} -out ${p12}`);
}
