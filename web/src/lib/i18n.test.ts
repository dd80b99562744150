import i18next from "i18next";
import { beforeEach, expect, test } from "vitest";
import openapi from "../../openapi.json";
import { rememberLanguage, setLanguage, startI18n } from "./i18n";
import { de } from "./locales/de";
import { en as frame } from "./locales/en";
import { account } from "./locales/en/pages/account";
import { acme } from "./locales/en/pages/acme";
import { approvalRules } from "./locales/en/pages/approval-rules";
import { audit } from "./locales/en/pages/audit";
import { auditWords } from "./locales/en/pages/audit-words";
import { bulk } from "./locales/en/pages/bulk";
import { caImport } from "./locales/en/pages/ca-import";
import { device } from "./locales/en/pages/device";
import { enrollment } from "./locales/en/pages/enrollment";
import { firstSteps } from "./locales/en/pages/first-steps";
import { jobs } from "./locales/en/pages/jobs";
import { settings } from "./locales/en/pages/settings";
import { tools } from "./locales/en/pages/tools";
import type { PageTexts } from "./locales/page-texts";

const pages: PageTexts = {
  firstSteps,
  account,
  acme,
  approvalRules,
  audit,
  auditWords,
  bulk,
  caImport,
  device,
  enrollment,
  jobs,
  settings,
  tools,
};
const en = { ...frame, ...pages };

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).sort();

beforeEach(async () => {
  localStorage.clear();
  await startI18n();
});

test("each text of another language fills the same places as the English one", () => {
  const german = new Map(leaves(de));
  for (const [key, text] of leaves(en)) {
    expect([key, placeholders(german.get(key) ?? "")]).toEqual([key, placeholders(text)]);
  }
});

test.each([
  ["en", en],
  ["de", de],
] as const)("%s has every plural form that the language has", (language, texts) => {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = new Set(leaves(texts).map(([key]) => key));
  const stems = [...keys].filter((key) => key.endsWith("_other")).map((key) => key.slice(0, -"_other".length));
  expect(stems.length).toBeGreaterThan(10);
  for (const stem of stems) for (const form of forms) expect(keys).toContain(`${stem}_${form}`);
});

test("every error code of the API is told in words", () => {
  const operations = Object.values(openapi.paths).flatMap((path) => Object.values(path) as object[]);
  const codes = operations.flatMap((one) => ("x-error-codes" in one ? (one["x-error-codes"] as string[]) : []));
  expect(codes.length).toBeGreaterThan(100);
  for (const code of codes) expect(Object.keys(en.problems)).toContain(code);
});

test("a language is fetched when it is chosen, and kept", async () => {
  expect(i18next.t("nav.certificates")).toBe("Certificates");
  rememberLanguage("de");
  await expect.poll(() => i18next.t("nav.certificates")).toBe("Zertifikate");
  expect(document.documentElement.lang).toBe("de");
  expect(i18next.t("cas.entries", { count: 1234 })).toBe("1.234 Einträge");
  await startI18n();
  expect(i18next.language).toBe("de");
});

test("the browser's first language that we have is spoken, else English", async () => {
  const speak = async (...languages: string[]) => {
    Object.defineProperty(navigator, "languages", { value: languages, configurable: true });
    await startI18n();
    return i18next.language;
  };
  expect(await speak("fr-CA", "de-AT", "en-GB")).toBe("de");
  expect(await speak("fr")).toBe("en");
  await setLanguage("en");
});
