// @vitest-environment node
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { violations } from "./shape";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shape-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is wrong in sources that are these files, and a sound feature. */
function found(files: Record<string, string>): string[] {
  const sound = { "features/sound/index.ts": 'export { Page } from "./page";\n', "features/sound/page.tsx": "" };
  for (const [path, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return violations(folder);
}

test("the sources have the shape", () => {
  expect(violations(join(import.meta.dirname, "../src"))).toEqual([]);
});

test("a sound feature with a further page and parts is in shape", () => {
  expect(
    found({
      "features/sound/detail/page.tsx": "",
      "features/sound/detail/facts.tsx": "",
      "features/sound/parts/menu.tsx": "",
      "features/sound/queries.ts": 'import { useQuery } from "@tanstack/react-query";\nimport { api } from "@/api";\n',
      "features/sound/queries.test.ts": "",
    }),
  ).toEqual([]);
});

test.each([
  [
    "a file with another name at the top of a feature",
    { "features/a/index.ts": "", "features/a/menu.tsx": "" },
    "menu.tsx",
  ],
  ["a folder without a page", { "features/a/index.ts": "", "features/a/edit/form.ts": "" }, "edit/"],
  ["a feature without an index", { "features/a/page.tsx": "" }, "no index.ts"],
  [
    "a query outside of queries.ts",
    { "features/sound/parts/a.tsx": 'import { useQuery } from "@tanstack/react-query";\n' },
    "uses useQuery itself",
  ],
  [
    "a mutation outside of the shared hook, also in mutations.ts",
    { "features/sound/mutations.ts": 'import { useMutation } from "@tanstack/react-query";\n' },
    "uses useMutation itself",
  ],
  [
    "a call of the API in a component",
    { "features/sound/parts/a.tsx": 'import { type Ca, rest } from "@/api";\n' },
    "uses rest itself",
  ],
  [
    "a table of its own",
    { "features/sound/parts/a.tsx": "export const A = () => <DataTable rows={[]} />;\n" },
    "uses DataTable itself",
  ],
  [
    "an import of the internals of another feature, for a type only",
    {
      "features/sound/page.tsx": 'import type { A } from "@/features/a/parts/a";\n',
      "features/a/index.ts": "",
      "features/a/parts/a.ts": "",
    },
    "not the feature's index.ts",
  ],
  [
    "a shared component that imports a feature",
    { "shared/a.tsx": 'import type { A } from "@/features/sound";\n' },
    "of a layer above",
  ],
  [
    "three features in a circle, for types only",
    {
      "features/a/index.ts": 'import type { B } from "@/features/b";\n',
      "features/b/index.ts": 'import type { C } from "@/features/c";\n',
      "features/c/index.ts": 'import type { A } from "@/features/a";\n',
    },
    "circle of features",
  ],
  [
    "a function that is too long",
    { "lib/a.ts": `export function a() {\n${"  call();\n".repeat(70)}}\n` },
    "a has 72 lines",
  ],
  [
    "a page of the frame without a loader",
    { "routes/_app/a.tsx": 'export const Route = createFileRoute("/_app/a")({ component: A });\n' },
    "has no loader",
  ],
] as const)("%s is found", (_, files, message) => {
  expect(found(files).join("\n")).toContain(message);
});
