import { BIT_STRING, bytesOfHex, CONTEXT_0, concat, INTEGER, pem, SEQUENCE, tlv, unsigned } from "./der";

interface Kind {
  generate: RsaHashedKeyGenParams | EcKeyGenParams | Algorithm;
  sign: AlgorithmIdentifier | EcdsaParams;
  /** AlgorithmIdentifier of the signature, DER. */
  identifier: string;
}

const rsa = (bits: number): Kind => ({
  generate: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: bits,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
  sign: "RSASSA-PKCS1-v1_5",
  identifier: "300d06092a864886f70d01010b0500",
});

const KINDS = {
  "ECDSA-P256": {
    generate: { name: "ECDSA", namedCurve: "P-256" },
    sign: { name: "ECDSA", hash: "SHA-256" },
    identifier: "300a06082a8648ce3d040302",
  },
  "ECDSA-P384": {
    generate: { name: "ECDSA", namedCurve: "P-384" },
    sign: { name: "ECDSA", hash: "SHA-384" },
    identifier: "300a06082a8648ce3d040303",
  },
  Ed25519: { generate: { name: "Ed25519" }, sign: { name: "Ed25519" }, identifier: "300506032b6570" },
  "RSA-2048": rsa(2048),
  "RSA-3072": rsa(3072),
  "RSA-4096": rsa(4096),
} as const satisfies Record<string, Kind>;

export type BrowserKeyType = keyof typeof KINDS;
export const BROWSER_KEY_TYPES = Object.keys(KINDS) as BrowserKeyType[];

export function isBrowserKey(type: string): type is BrowserKeyType {
  return BROWSER_KEY_TYPES.some((known) => known === type);
}

export interface BrowserKey {
  /** PKCS #10 (RFC 2986), PEM, without names, which are sent separately. */
  csr: string;
  /** PKCS#8 (RFC 5958), PEM, not encrypted. */
  privateKey: string;
}

/** Generates a key pair in this browser and signs a CSR with it. The private key never leaves the browser. */
export async function makeBrowserKey(type: BrowserKeyType): Promise<BrowserKey> {
  const kind: Kind = KINDS[type];
  const pair = (await crypto.subtle.generateKey(kind.generate, true, ["sign", "verify"])) as CryptoKeyPair;
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const info = tlv(SEQUENCE, tlv(INTEGER, new Uint8Array([0])), tlv(SEQUENCE), spki, tlv(CONTEXT_0));
  const raw = new Uint8Array(await crypto.subtle.sign(kind.sign, pair.privateKey, info));
  const signature = type.startsWith("ECDSA") ? ecdsaSignature(raw) : raw;
  const request = tlv(
    SEQUENCE,
    info,
    bytesOfHex(kind.identifier),
    tlv(BIT_STRING, concat(new Uint8Array([0]), signature)),
  );
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return { csr: pem("CERTIFICATE REQUEST", request), privateKey: pem("PRIVATE KEY", pkcs8) };
}

/** WebCrypto gives r and s side by side; X.509 wants ECDSA-Sig-Value (RFC 3279 §2.2.3). */
function ecdsaSignature(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  return tlv(SEQUENCE, unsigned(raw.slice(0, half)), unsigned(raw.slice(half)));
}
