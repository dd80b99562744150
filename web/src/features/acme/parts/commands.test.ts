import { expect, test } from "vitest";
import { CLIENTS, clientCommand, directoryUrl } from "./commands";

const BASE = "https://pki.example.com:8443/acme";

test("a directory has the names of CA and profile, encoded", () => {
  expect(directoryUrl(BASE, "Issuing CA", "tls-server")).toBe(`${BASE}/Issuing%20CA/tls-server/directory`);
});

test("WEB-07: a name ends no word of a command", () => {
  const directory = directoryUrl(BASE, "x'; $(id) `id` \"|&<>\n\\ {~*!}/..", "tls-server");
  expect(directory.slice(BASE.length)).toMatch(/^\/[A-Za-z0-9%._-]+\/tls-server\/directory$/);
  expect(decodeURIComponent(directory)).toContain("$(id)");
});

test.each(CLIENTS)("%s is told the directory, the key's id and the key", (client) => {
  const text = clientCommand(client, { directory: `${BASE}/a/b/directory`, keyId: "kid-1", hmacKey: "hmac-1" });
  for (const told of [`${BASE}/a/b/directory`, "kid-1", "hmac-1", "root.pem"]) expect(text).toContain(told);
  expect(
    text
      .split("\n")
      .slice(0, -2)
      .every((line) => client === "caddy" || line.endsWith(" \\")),
  ).toBe(true);
});
