import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** What a browser has to have before anything is shown, compressed by gzip: the entry and whatever it imports. */
const MAIN_BUDGET = 200_000;

type Chunks = ReadonlyMap<string, Pick<Rolldown.OutputChunk, "code" | "imports" | "isEntry">>;

/** The names of the entry and of all that it imports at once, not of what it loads later. */
export function mainChunks(chunks: Chunks): string[] {
  const found = new Set([...chunks].filter(([, chunk]) => chunk.isEntry).map(([name]) => name));
  for (const name of found) for (const imported of chunks.get(name)?.imports ?? []) found.add(imported);
  return [...found];
}

/** Ends a build whose main part is larger than its budget, before anybody waits for it. */
export function budget(limit = MAIN_BUDGET): Plugin {
  return {
    name: "budget",
    apply: "build",
    enforce: "post",
    writeBundle(_, bundle) {
      const chunks = new Map(
        Object.entries(bundle).flatMap(([name, one]) => (one.type === "chunk" ? [[name, one]] : [])),
      );
      const size = mainChunks(chunks).reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? "").length, 0);
      if (size > limit)
        this.error(`the main bundle is ${size} bytes compressed, its budget ${limit}: load more of it later`);
    },
  };
}
