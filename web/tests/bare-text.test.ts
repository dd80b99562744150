import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

/** What is called the same in every language. */
const NAMES: ReadonlySet<string> = new Set([
  "PKI Manager",
  "Ctrl K",
  "PEM",
  "SHA-256",
  "-----BEGIN CERTIFICATE REQUEST-----",
  "CN=www.example.com,O=Example",
]);
/** Attributes whose value nobody reads. */
const SILENT: ReadonlySet<string> = new Set(["className", "d", "viewBox", "transform"]);
const WORD = /\p{L}{2}/u;

/** Words of a page that come from no catalogue: between tags, or in an attribute that looks like a sentence. */
function bareTexts(source: string): string[] {
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isJsxText(node) && WORD.test(node.text)) found.push(node.text.trim());
    if (isShownString(node)) found.push(node.text);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile("page.tsx", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return found.filter((text) => !NAMES.has(text));
}

function isShownString(node: ts.Node): node is ts.StringLiteral {
  if (!ts.isStringLiteral(node) || !WORD.test(node.text)) return false;
  const holder = node.parent;
  if (ts.isJsxAttribute(holder)) return !SILENT.has(holder.name.getText()) && /^\p{Lu}| /u.test(node.text);
  return ts.isJsxExpression(holder) && !ts.isJsxAttribute(holder.parent);
}

const root = join(import.meta.dirname, "../src");
const pages = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".tsx") && !name.endsWith(".test.tsx"),
);

test("no page has words of its own: all come from the catalogue of the language", () => {
  const bare = pages.flatMap((page) => bareTexts(readFileSync(join(root, page), "utf8")).map((text) => [page, text]));
  expect(bare).toEqual([]);
});

test("a bare text is found, wherever it stands", () => {
  expect(bareTexts(`<p>Hello there</p>`)).toEqual(["Hello there"]);
  expect(bareTexts(`<p>{"Hello there"}</p>`)).toEqual(["Hello there"]);
  expect(bareTexts(`<Field label="User name" className="flex gap-2" />`)).toEqual(["User name"]);
  expect(bareTexts(`<Field label={t("a.b")} type="password">— {count} ·</Field>`)).toEqual([]);
});
