import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { expect, test } from "vitest";
import { spkiOfPrivateKey } from "./private-key";

const spki = (key: KeyObject) =>
  createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p384 = ec("P-384");

const KEYS = {
  "PKCS#8, P-256": [ec("P-256"), "pkcs8"],
  "PKCS#8, Ed25519": [generateKeyPairSync("ed25519"), "pkcs8"],
  "PKCS#8, RSA": [rsa, "pkcs8"],
  "PKCS#1": [rsa, "pkcs1"],
  "SEC 1, P-384": [p384, "sec1"],
  "SEC 1, P-521": [ec("P-521"), "sec1"],
} as const;

test.each(Object.entries(KEYS))("%s: the hash is that of its public half", async (_name, [pair, type]) => {
  const text = pair.privateKey.export({ type: type as "pkcs8", format: "pem" }) as string;
  expect(await spkiOfPrivateKey(`Bag Attributes: none\n${text}`)).toBe(spki(pair.publicKey));
});

const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const locked = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "a" } as const;
const old = { type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: "a" } as const;

test.each([
  ["nothing at all", "", "none"],
  ["a certificate", pem("CERTIFICATE", "MAA="), "none"],
  ["a key that is encrypted", p384.privateKey.export(locked) as string, "encrypted"],
  ["a key that is encrypted as of old", p384.privateKey.export(old) as string, "encrypted"],
  [
    "a kind that browsers do not know",
    generateKeyPairSync("ed448").privateKey.export({ type: "pkcs8", format: "pem" }),
    "unknown",
  ],
  ["no base64", pem("PRIVATE KEY", "?!"), "unknown"],
  ["no key", pem("EC PRIVATE KEY", "MAA="), "unknown"],
])("%s is told", async (_name, text, fault) => {
  await expect(spkiOfPrivateKey(text as string)).rejects.toMatchObject({ fault });
});
