import { textOf } from "@/components/file-drop";
import { CONTEXT_0, INTEGER, SEQUENCE } from "@/lib/der";
import { hexOf } from "@/lib/hex";
import { plainHex } from "./index-txt";

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/** Every certificate of a file, PEM or DER, as base64 of DER. Anything else in it, private keys say, goes nowhere. */
export function certificatesOf(content: Uint8Array): string[] {
  if (content[0] === SEQUENCE) return [textOf(content)];
  const text = new TextDecoder().decode(content);
  return Array.from(text.matchAll(BLOCK), ([, body = ""]) => body.replace(/\s/g, ""));
}

export function pemOf(certificate: string): string {
  const lines = certificate.match(/.{1,64}/g)?.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** The serial number in hex, undefined for what is no certificate (RFC 5280 §4.1). */
export function serialOf(certificate: string): string | undefined {
  const der = bytesOf(certificate);
  if (der === undefined) return undefined;
  const whole = element(der, 0);
  const signed = whole?.tag === SEQUENCE ? element(der, whole.from) : undefined;
  let first = signed?.tag === SEQUENCE ? element(der, signed.from) : undefined;
  if (first?.tag === CONTEXT_0) first = element(der, first.until);
  return first?.tag === INTEGER ? plainHex(hexOf(der.subarray(first.from, first.until))) : undefined;
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Tag and content of the TLV that begins there, lengths of up to four octets. */
function element(der: Uint8Array, at: number): { tag: number; from: number; until: number } | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 4) return undefined;
  let length = octets === 0 ? first : 0;
  for (const octet of der.subarray(at + 2, at + 2 + octets)) length = length * 0x100 + octet;
  const from = at + 2 + octets;
  return from + length <= der.length ? { tag, from, until: from + length } : undefined;
}
