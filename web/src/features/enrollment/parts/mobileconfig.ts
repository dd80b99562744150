/** A configuration profile with a SCEP payload, as Apple devices and MDM systems take it. */
export function mobileconfig({ url, secret, host, name, id }: Record<Part, string>): string {
  const content = dict({
    URL: string(url),
    Challenge: string(secret),
    Subject: array(array(array(string("CN"), string(host)))),
    SubjectAltName: dict({ dNSName: string(host) }),
    "Key Type": string("RSA"),
    Keysize: integer(2048),
    "Key Usage": integer(SIGN_AND_ENCRYPT),
    Retries: integer(3),
    RetryDelay: integer(10),
  });
  const payload = dict({
    PayloadType: string("com.apple.security.scep"),
    ...common(`${id}.scep`, name),
    PayloadContent: content,
  });
  const profile = dict({
    PayloadType: string("Configuration"),
    ...common(id, name),
    PayloadContent: array(payload),
  });
  return `${HEAD}\n<plist version="1.0">\n${profile}\n</plist>\n`;
}

type Part = "url" | "secret" | "host" | "name" | "id";

const SIGN_AND_ENCRYPT = 5;
const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">`;

function common(identifier: string, name: string): Record<string, string> {
  return {
    PayloadVersion: integer(1),
    PayloadIdentifier: string(`pki-manager.${identifier}`),
    PayloadUUID: string(randomUuid()),
    PayloadDisplayName: string(name),
  };
}

/** `crypto.randomUUID` exists only where the page came over HTTPS or from localhost. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = "89ab"[Number.parseInt(digits.charAt(16), 16) % 4];
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
  ];
  return [...groups, digits.slice(20)].join("-").toUpperCase();
}

function dict(members: Record<string, string>): string {
  const entries = Object.entries(members).map(([key, value]) => `<key>${key}</key>\n${value}`);
  return `<dict>\n${indent(entries.join("\n"))}\n</dict>`;
}

function array(...items: string[]): string {
  return `<array>\n${indent(items.join("\n"))}\n</array>`;
}

function string(text: string): string {
  return `<string>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</string>`;
}

function integer(value: number): string {
  return `<integer>${value}</integer>`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
