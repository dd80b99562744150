import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const FILE = "THIRD_PARTY_LICENSES.txt";
const RULE = "=".repeat(80);
/** Not a dependency at run time, but its base styles are in the style sheet. */
const STYLES = "tailwindcss";
/** Ships no license text; its sibling has the same author and the same license. */
const SIBLINGS: Readonly<Record<string, string>> = { "react-remove-scroll-bar": "react-remove-scroll" };
const TEXT = /^(licen[cs]e|copying|notice|ofl)([.-].*)?$/i;
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/;

interface Manifest {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

export interface Licensed {
  name: string;
  version: string;
  license: string;
  text: string;
}

/** Everything that the web UI may carry: its dependencies, and theirs, with the license text that each package ships. */
export function findLicenses(root: string): Licensed[] {
  const own = read(root);
  const found = new Map<string, Licensed>();
  const visit = (name: string, from: string) => {
    const folder = resolve(name, from, root);
    const manifest = read(folder);
    const key = `${name}@${manifest.version}`;
    if (found.has(key)) return;
    const sibling = SIBLINGS[name];
    const text = textOf(sibling === undefined ? folder : resolve(sibling, folder, root));
    found.set(key, { name, version: manifest.version, license: manifest.license ?? "", text });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, folder);
  };
  for (const name of [...Object.keys(own.dependencies ?? {}), STYLES]) visit(name, root);
  return [...found.values()]
    .filter(({ name }) => !name.startsWith("@types/"))
    .sort((a, b) => a.name.localeCompare(b.name, "en") || a.version.localeCompare(b.version, "en"));
}

/** Writes the license texts of everything that is bundled, and ends the build if one is missing. */
export function licenses(): Plugin {
  return {
    name: "third-party-licenses",
    apply: "build",
    generateBundle(_options, bundle) {
      const known = findLicenses(process.cwd());
      const without = known.filter(({ text }) => text === "").map(({ name }) => name);
      if (without.length > 0) this.error(`no license text: ${without.join(", ")}`);
      const names = new Set(known.map(({ name }) => name));
      const modules = Object.values(bundle).flatMap((file) =>
        file.type === "chunk" ? file.moduleIds : file.originalFileNames,
      );
      const unknown = modules.map((id) => PACKAGE.exec(id)?.[1]).filter((name) => name && !names.has(name));
      if (unknown.length > 0) this.error(`bundled without a license text: ${[...new Set(unknown)].join(", ")}`);
      this.emitFile({ type: "asset", fileName: FILE, source: format(known) });
    },
  };
}

export function format(known: readonly Licensed[]): string {
  const head = "The web UI of PKI Manager contains these packages. Their license texts follow.\n";
  return [head, ...known.map((one) => `${RULE}\n${one.name} ${one.version} (${one.license})\n\n${one.text}\n`)].join(
    "\n",
  );
}

function resolve(name: string, from: string, root: string): string {
  for (let folder = from; ; folder = join(folder, "..")) {
    const installed = join(folder, "node_modules", name);
    if (existsSync(join(installed, "package.json"))) return installed;
    if (folder === root || folder === "/") throw new Error(`${name} is not installed`);
  }
}

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function textOf(folder: string): string {
  return readdirSync(folder)
    .filter((name) => TEXT.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8").trim())
    .join("\n\n");
}
