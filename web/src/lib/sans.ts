const KIND = /^(DNS|IP|email|URI|UPN|SmtpUTF8Mailbox|otherName):/i;
const KINDS: Record<string, string> = {
  dns: "DNS",
  ip: "IP",
  email: "email",
  uri: "URI",
  upn: "UPN",
  smtputf8mailbox: "SmtpUTF8Mailbox",
  othername: "otherName",
};
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i;

/** Names separated by lines, commas, or spaces. A prefix (`URI:…`) sets the kind; otherwise it is detected. */
export function parseSans(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(withKind),
    ),
  ];
}

function withKind(name: string): string {
  const told = KIND.exec(name)?.[1];
  if (told !== undefined) return `${KINDS[told.toLowerCase()]}:${name.slice(told.length + 1)}`;
  if (name.includes("://")) return `URI:${name}`;
  if (name.includes("@")) return `email:${name}`;
  return IPV4.test(name) || (IPV6.test(name) && name.includes(":")) ? `IP:${name}` : `DNS:${name}`;
}
