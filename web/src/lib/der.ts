/** DER (X.690): just what a certification request needs. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const SEQUENCE = 0x30;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const CONTEXT_0 = 0xa0;

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function tlv(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const content = concat(...contents);
  return concat(new Uint8Array([tag, ...length(content.length)]), content);
}

/** A positive INTEGER of big-endian octets. */
export function unsigned(octets: Uint8Array): Bytes {
  const first = octets.findIndex((octet) => octet !== 0);
  const stripped = first < 0 ? new Uint8Array([0]) : octets.slice(first);
  return tlv(INTEGER, (stripped[0] ?? 0) >= 0x80 ? concat(new Uint8Array([0]), stripped) : stripped);
}

function length(size: number): number[] {
  if (size < 0x80) return [size];
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}

export function bytesOfHex(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** PEM (RFC 7468). */
export function pem(label: string, der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der));
  return `-----BEGIN ${label}-----\n${base64.match(/.{1,64}/g)?.join("\n")}\n-----END ${label}-----\n`;
}
