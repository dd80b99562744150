import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { setLanguage, startI18n } from "@/lib/i18n";
import { serverWords } from "./words";

beforeAll(startI18n);

test("what the table shows becomes what the server knows", () => {
  expect(serverWords(i18next.t, "revoked")).toBe("revoked");
  expect(serverWords(i18next.t, "Sign-in failed: refused").split(" ")).toEqual([
    "sign-in|login",
    "failed|issue_failed",
    "refused|issue_refused",
  ]);
  expect(serverWords(i18next.t, "carol")).toBe("carol");
  expect(serverWords(i18next.t, "Certificate put on hold")).toContain("held");
});

test("words of the other language are known too", async () => {
  await setLanguage("de");
  expect(serverWords(i18next.t, "Zertifikat")).toContain("certificate");
  expect(serverWords(i18next.t, "abgelehnt")).toContain("refused");
  await setLanguage("en");
});
