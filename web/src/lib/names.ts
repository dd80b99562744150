/** The value of the first CN of an RFC 4514 name, else the whole name. */
export function commonName(subject: string): string {
  const found = /(?:^|[,+])CN=((?:\\.|[^\\,+])*)/i.exec(subject)?.[1];
  return found === undefined ? subject : unescaped(found);
}

function unescaped(text: string): string {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const part of text.match(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+/gs) ?? []) {
    const pair = /^\\([0-9A-Fa-f]{2})$/.exec(part)?.[1];
    if (pair !== undefined) bytes.push(Number.parseInt(pair, 16));
    else bytes.push(...encoder.encode(part.startsWith("\\") ? part.slice(1) : part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** `DNS:example.test` without its kind. */
export function sanValue(san: string): string {
  return san.slice(san.indexOf(":") + 1);
}

/** The first alternative name that contains the text, which may begin with the kind of the name. */
export function matchingName(sans: readonly string[], text: string): string | undefined {
  const wanted = text.toLowerCase();
  const found = sans.find((san) => san.toLowerCase().includes(wanted));
  return found && sanValue(found);
}

/** What people call a certificate: its first alternative name, else its common name. */
export function displayName(certificate: { subject: string; sans: readonly string[] }): string {
  const cn = commonName(certificate.subject);
  const first = certificate.sans[0];
  if (cn !== "" && cn !== certificate.subject) return cn;
  return first === undefined ? cn || "—" : sanValue(first);
}

/** RFC 4514 §2.4. */
export function escapeName(value: string): string {
  const inner = value.replace(/[\\,+"<>;=]/g, "\\$&").replaceAll("\0", "\\00");
  return inner.replace(/^[ #]/, "\\$&").replace(/(?<!\\) $/, "\\ ");
}
