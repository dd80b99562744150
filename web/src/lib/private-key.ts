import { type Bytes, bytesOfHex, INTEGER, SEQUENCE, tlv } from "./der";

/** What keeps a text from being read as a private key. */
export type KeyFault = "none" | "encrypted" | "unknown";

export class PrivateKeyError extends Error {
  constructor(readonly fault: KeyFault) {
    super(fault);
  }
}

const BLOCK = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----([\s\S]+?)-----END \1-----/;
const OCTET_STRING = 0x04;
const VERSION = tlv(INTEGER, new Uint8Array([0]));
const RSA_ENCRYPTION = bytesOfHex("300d06092a864886f70d0101010500");
const EC_PUBLIC_KEY = "06072a8648ce3d0201";
const CURVES = ["06082a8648ce3d030107", "06052b81040022", "06052b81040023"];

const KINDS: readonly (RsaHashedImportParams | EcKeyImportParams | Algorithm)[] = [
  { name: "ECDSA", namedCurve: "P-256" },
  { name: "ECDSA", namedCurve: "P-384" },
  { name: "ECDSA", namedCurve: "P-521" },
  { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  { name: "Ed25519" },
];

/**
 * The SHA-256 of the SubjectPublicKeyInfo (DER) that belongs to a private key, hex; the key stays in this browser.
 * PEM of PKCS#8, PKCS#1 or SEC 1, not encrypted; PrivateKeyError for anything else.
 */
export async function spkiOfPrivateKey(text: string): Promise<string> {
  const pkcs8 = pkcs8Of(text);
  for (const kind of KINDS) {
    const spki = await spkiOf(pkcs8, kind).catch(() => null);
    if (spki !== null) return hexOf(await crypto.subtle.digest("SHA-256", spki));
  }
  throw new PrivateKeyError("unknown");
}

function pkcs8Of(text: string): Bytes {
  const [, label, body = ""] = BLOCK.exec(text) ?? [];
  if (label === undefined) throw new PrivateKeyError("none");
  if (label === "ENCRYPTED PRIVATE KEY" || body.includes("ENCRYPTED")) throw new PrivateKeyError("encrypted");
  const der = bytesOf(body);
  if (label === "RSA PRIVATE KEY") return tlv(SEQUENCE, VERSION, RSA_ENCRYPTION, tlv(OCTET_STRING, der));
  return label === "EC PRIVATE KEY" ? wrappedEc(der) : der;
}

/** RFC 5915 names the curve inside; PKCS#8 wants it outside. */
function wrappedEc(der: Bytes): Bytes {
  const hex = hexOf(der.buffer);
  const curve = CURVES.find((oid) => hex.includes(oid));
  if (curve === undefined) throw new PrivateKeyError("unknown");
  return tlv(SEQUENCE, VERSION, tlv(SEQUENCE, bytesOfHex(EC_PUBLIC_KEY + curve)), tlv(OCTET_STRING, der));
}

async function spkiOf(pkcs8: Bytes, kind: (typeof KINDS)[number]): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, kind, true, ["sign"]);
  const { kty, crv, n, e, x, y } = await crypto.subtle.exportKey("jwk", key);
  const parts = Object.entries({ kty, crv, n, e, x, y }).filter(([, part]) => part !== undefined);
  const open = await crypto.subtle.importKey("jwk", Object.fromEntries(parts), kind, true, ["verify"]);
  return crypto.subtle.exportKey("spki", open);
}

function bytesOf(base64: string): Bytes {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    throw new PrivateKeyError("unknown");
  }
}

function hexOf(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
