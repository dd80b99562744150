// @vitest-environment node
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const BIOME = resolve("node_modules/.bin/biome");
const KNIP = resolve("node_modules/.bin/knip");
let folder: string;

/** A project with this one's rules, and none of its files. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rules-"));
  for (const name of ["biome.json", "knip.json", "tsconfig.json", "package.json", "tools/rules"])
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `npm run check` reports of a project with these files: style, or dead code. */
function lint(files: Record<string, string>, command = [BIOME, "lint", "src"]): string {
  const [program = BIOME, ...options] = command;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  try {
    return execFileSync(program, options, { cwd: folder, encoding: "utf-8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

test("two features that import each other are refused, even if they import types only", () => {
  const report = lint({
    "src/features/a/index.ts": 'import type { B } from "@/features/b";\nexport interface A {\n  b: B;\n}\n',
    "src/features/b/index.ts": 'import type { A } from "@/features/a";\nexport interface B {\n  a: A;\n}\n',
  });
  expect(report).toContain("noImportCycles");
});

test("a refresh that does not name what has changed is refused", () => {
  const text = (call: string) =>
    `import type { QueryClient } from "@tanstack/react-query";\nexport const refresh = (client: QueryClient) => client.${call};\n`;
  expect(lint({ "src/api/bad.ts": text("invalidateQueries()") })).toContain("Name what has changed");
  expect(lint({ "src/api/bad.ts": text('invalidateQueries({ queryKey: ["a"] })') })).not.toContain(
    "Name what has changed",
  );
});

test("throwOnError is refused outside of api/, where it is set for all operations", () => {
  const text = 'import { rest } from "@/api";\nexport const me = () => rest.getMe({ throwOnError: true });\n';
  expect(lint({ "src/features/a/me.ts": text })).toContain("throws by default");
  expect(lint({ "src/features/a/me.ts": text.replace("throwOnError: true", "") })).not.toContain("throws by default");
});

test("a file that nothing imports, and an export without a use, are refused", () => {
  const report = lint(
    {
      "src/routes/page.tsx": 'import { used } from "../lib/a";\nused();\n',
      "src/lib/a.ts": "export const used = () => {};\nexport const lonely = () => {};\n",
      "src/lib/forgotten.ts": "export const nothing = 1;\n",
    },
    [KNIP, "--no-progress"],
  );
  expect(report).toContain("lonely");
  expect(report).toContain("src/lib/forgotten.ts");
  expect(report).not.toMatch(/\bused\b/);
});
