import type { Credential, EnrollmentProtocol } from "@/api";
import { mobileconfig } from "./mobileconfig";

/** What a client needs: where it enrolls, as whom, for which host, and the secret. */
export interface Enrollment {
  url: string;
  /** Key ID, user name, or reference. */
  id: string;
  secret: string;
  host: string;
  /** Name of the credential. */
  name: string;
}

export interface Client {
  label: string;
  /** Name of the file for a download. */
  file: string;
  text: (enrollment: Enrollment) => string;
}

const SECRET_PLACEHOLDER = "SECRET";
const EXAMPLE = "example.com";

/** The enrollment of a credential; without its secret, which is shown only once, a placeholder stands there. */
export function enrollmentOf(credential: Credential, secret: string | null = null): Enrollment {
  return {
    url: credential.url,
    id: credential.id,
    secret: secret ?? SECRET_PLACEHOLDER,
    host: exampleHost("device1", credential.names),
    name: credential.name,
  };
}

/** A host name that the credential permits, as far as its patterns say. */
export function exampleHost(label: string, patterns: readonly string[] | null): string {
  const domain = patterns?.find((pattern) => /^dns:/i.test(pattern))?.slice(4) ?? EXAMPLE;
  return `${label}.${isHost(domain) ? domain : EXAMPLE}`;
}

export function isHost(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text);
}

/** A word of a shell command: nothing in it can end the word. */
export function word(text: string): string {
  return /^[A-Za-z0-9%+,./:=@_-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const estCurl = ({ url, id, secret, host }: Enrollment) =>
  lines(
    `url=${word(url)}`,
    'curl -sS --fail --cacert root.pem "$url/cacerts" | base64 -d \\',
    "  | openssl pkcs7 -inform DER -print_certs -out cas.pem",
    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device.key \\",
    `  -outform DER -out device.csr -subj /CN=${host} -addext subjectAltName=DNS:${host}`,
    `base64 device.csr | curl -sS --fail --cacert root.pem --user ${word(`${id}:${secret}`)} \\`,
    '  -H "Content-Type: application/pkcs10" --data-binary @- "$url/simpleenroll" | base64 -d \\',
    "  | openssl pkcs7 -inform DER -print_certs -out device.pem",
    "openssl verify -CAfile root.pem -untrusted cas.pem device.pem",
  );

const estStrongswan = ({ url, id, secret, host }: Enrollment) =>
  lines(
    "pki --gen --type ecdsa --size 256 --outform pem > device.key",
    `pki --req --in device.key --dn CN=${host} --san ${host} > device.csr`,
    `pki --est --url ${word(new URL(url).origin)} --in device.csr --cacert root.pem \\`,
    `  --userpass ${word(`${id}:${secret}`)} --outform pem > device.pem`,
  );

const scepStrongswan = ({ url, secret, host }: Enrollment) =>
  lines(
    `url=${word(url)}`,
    'pki --scepca --url "$url" --caout ca.pem --raout ra.pem --outform pem',
    "pki --gen --type rsa --size 2048 --outform pem > device.key",
    `pki --scep --url "$url" --in device.key --dn CN=${host} --san ${host} \\`,
    `  --password ${word(secret)} --cacert-enc ra.pem --cacert-sig ra.pem \\`,
    "  --cacert ca.pem --cacert ca-1.pem --outform pem > device.pem",
  );

const certmonger = ({ url, secret, host }: Enrollment) =>
  lines(
    "# issuing.pem is the certificate of the CA that issues.",
    `sudo getcert add-scep-ca -c pki-manager -u ${word(url)} \\`,
    "  -R /etc/pki/root.pem -N /etc/pki/root.pem -I /etc/pki/issuing.pem",
    "sudo getcert request -c pki-manager -k /etc/pki/tls/private/device.key \\",
    `  -f /etc/pki/tls/certs/device.pem -N CN=${host} -D ${host} -L ${word(secret)}`,
  );

const cmpOpenssl = ({ url, id, secret, host }: Enrollment) => {
  const { origin, pathname } = new URL(url);
  const server = `-server ${word(origin)} -path ${word(pathname.slice(1))} -tls_used -tls_trusted root.pem`;
  return lines(
    "openssl ecparam -name prime256v1 -genkey -noout -out device.key",
    `openssl cmp -cmd ir ${server} \\`,
    `  -ref ${word(id)} -secret ${word(`pass:${secret}`)} \\`,
    `  -newkey device.key -subject /CN=${host} -sans ${host} -certout device.pem`,
    "# Renew with a new key:",
    "openssl ecparam -name prime256v1 -genkey -noout -out next.key",
    `openssl cmp -cmd kur ${server} -trusted root.pem \\`,
    "  -cert device.pem -key device.key -newkey next.key -certout next.pem",
  );
};

/** The clients of each protocol, the most common first. The server has those of ACME. */
export const CLIENTS: Record<Exclude<EnrollmentProtocol, "acme">, readonly Client[]> = {
  est: [
    { label: "curl, OpenSSL", file: "est.sh", text: estCurl },
    { label: "strongSwan", file: "est-strongswan.sh", text: estStrongswan },
  ],
  scep: [
    { label: "strongSwan", file: "scep-strongswan.sh", text: scepStrongswan },
    { label: "certmonger", file: "scep-certmonger.sh", text: certmonger },
    { label: "Apple", file: "scep.mobileconfig", text: mobileconfig },
  ],
  cmp: [{ label: "OpenSSL", file: "cmp.sh", text: cmpOpenssl }],
};

function lines(...all: string[]): string {
  return `${all.join("\n")}\n`;
}
