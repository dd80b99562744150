import { describe, expect, test } from "vitest";
import type { Credential } from "@/api";
import { CLIENTS, enrollmentOf, word } from "./clients";

const URLS = {
  est: "https://pki.example.com:8443/.well-known/est/issuing-ca.tls-server",
  scep: "https://pki.example.com:8443/scep/issuing-ca/tls-server",
  cmp: "https://pki.example.com:8443/.well-known/cmp/p/issuing-ca/tls-server",
};
type Protocol = keyof typeof URLS;
const credential = (protocol: Protocol, members: Partial<Credential> = {}) =>
  ({ id: "id-1", protocol, name: "web", url: URLS[protocol], names: null, ...members }) as Credential;

const ALL = Object.entries(CLIENTS).flatMap(([protocol, clients]) =>
  clients.map((client) => [protocol as Protocol, client.label, client] as const),
);

describe.each(ALL)("the configuration of %s for %s", (protocol, label, client) => {
  const text = client.text(enrollmentOf(credential(protocol, { names: ["DNS:lab.example.org"] }), "secret-1"));

  test("names the address, the credential, and a permitted host", () => {
    const { host, pathname } = new URL(URLS[protocol]);
    expect(text).toContain(host);
    // strongSwan's EST client adds the path itself.
    if (label !== "strongSwan" || protocol === "scep") expect(text).toContain(pathname.slice(1));
    expect(text).toContain("secret-1");
    if (protocol !== "scep") expect(text).toContain("id-1");
    expect(text).toContain("device1.lab.example.org");
  });

  test("has a placeholder where the secret is no longer known", () => {
    const again = client.text(enrollmentOf(credential(protocol)));
    expect(again).toContain("SECRET");
  });

  test("WEB-07: no pattern of names becomes a part of a command", () => {
    const names = ["DNS:x'; $(id) `id` \"|&<>.example.com"];
    expect(client.text(enrollmentOf(credential(protocol, { names })))).not.toContain("$(id)");
  });
});

test("WEB-07: a text ends no word of a command", () => {
  expect(word("https://pki.example.com/a%20b")).toBe("https://pki.example.com/a%20b");
  expect(word("x'; $(id)")).toBe("'x'\\''; $(id)'");
});

test("a configuration profile is XML whatever the name of the credential is", () => {
  const apple = CLIENTS.scep.find((client) => client.label === "Apple");
  const text = apple?.text(enrollmentOf(credential("scep", { name: "a <b> & c" }), "s")) ?? "";
  const profile = new DOMParser().parseFromString(text, "application/xml");
  expect(profile.querySelector("parsererror")).toBeNull();
  const values = [...profile.querySelectorAll("string")].map((one) => one.textContent);
  expect(values).toEqual(expect.arrayContaining(["a <b> & c", URLS.scep, "com.apple.security.scep", "s"]));
  const uuids = values.filter((value) => /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(value ?? ""));
  expect(new Set(uuids).size).toBe(2);
});
