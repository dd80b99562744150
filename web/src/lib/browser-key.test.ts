// @vitest-environment node
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BROWSER_KEY_TYPES, makeBrowserKey } from "./browser-key";

function openssl(words: string[], input: string): string {
  return execFileSync("openssl", words, { input, encoding: "utf-8", stdio: ["pipe", "pipe", "pipe"] });
}

test.each(BROWSER_KEY_TYPES)("OpenSSL takes the request and the key of %s, and they belong together", async (type) => {
  const { csr, privateKey } = await makeBrowserKey(type);
  const folder = mkdtempSync(join(tmpdir(), "csr-"));
  const file = join(folder, "request.pem");
  writeFileSync(file, csr);
  try {
    // Debian 12's OpenSSL tells the verdict on stderr and by its exit code.
    openssl(["req", "-in", file, "-verify", "-noout"], "");
    const ofRequest = openssl(["req", "-in", file, "-pubkey", "-noout"], "");
    expect(openssl(["pkey", "-pubout"], privateKey)).toBe(ofRequest);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
