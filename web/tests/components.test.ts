import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../src/components");

const parsed = (path: string) =>
  ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);

/** The components that a file of the house gives to others. */
function given(path: string): string[] {
  return parsed(path).statements.flatMap((statement) => {
    const isGiven =
      ts.isFunctionDeclaration(statement) &&
      statement.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
    const name = isGiven ? (statement.name?.text ?? "") : "";
    return /^[A-Z]/.test(name) ? [name] : [];
  });
}

/** The elements that a file draws. */
function drawn(path: string): Set<string> {
  const names = new Set<string>();
  const look = (node: ts.Node): void => {
    if (ts.isJsxOpeningElement(node) || ts.isJsxSelfClosingElement(node)) names.add(node.tagName.getText());
    ts.forEachChild(node, look);
  };
  look(parsed(path));
  return names;
}

const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".tsx") && !name.endsWith(".test.tsx"),
);

test("each house component has a test beside it that draws it", () => {
  const untested = files.flatMap((name) => {
    const beside = join(FOLDER, name.replace(/\.tsx$/, ".test.tsx"));
    const shown = existsSync(beside) ? drawn(beside) : new Set<string>();
    return given(join(FOLDER, name)).filter((component) => !shown.has(component));
  });
  expect(untested).toEqual([]);
});

test("the house is not empty", () => {
  expect(files.flatMap((name) => given(join(FOLDER, name))).length).toBeGreaterThan(30);
});
