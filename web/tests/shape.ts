import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/** The files that a feature has at its top; each further page is a folder with a `page.tsx`, and the rest is in `parts`. */
const TOP = /^(index\.ts|(page|columns|status)\.tsx|(queries|mutations|search)\.ts)$/;
/** Layers from the bottom: a file imports from its own layer and those before it. */
const LAYERS = ["lib", "components/ui", "components", "api", "shared", "features", "shell", "routes"];
/** What may call operations of the API: hooks of TanStack Query by the files that have them, and the client itself. */
const HOOKS: Readonly<Record<string, RegExp>> = {
  useQuery: /\/queries\.ts$/,
  useQueries: /\/queries\.ts$/,
  useInfiniteQuery: /\/queries\.ts$/,
  useMutation: /^shared\/change\.ts$/,
};
const CLIENT = new Set(["rest", "api", "submitRows", "schemaOf", "wholeList", "readWholeList"]);
/** Components that only the shared ones put together. */
const COMPOSED: Readonly<Record<string, RegExp>> = {
  DataTable: /^(shared\/list-page\.tsx|components\/data-table\/.*)$/,
};
const LONGEST_FUNCTION = 60;
/** Routes below the frame that show nothing of the server when they are opened. */
const WITHOUT_DATA = new Set([
  "routes/_app/device.tsx",
  "routes/_app/$.tsx",
  "routes/_app/tools.tsx",
  "routes/_app/acme-accounts.tsx",
]);

interface Import {
  /** The file, from the folder of sources; empty for a package. */
  file: string;
  module: string;
  /** Names that are there at run time. */
  values: readonly string[];
}

interface Source {
  path: string;
  imports: readonly Import[];
  tree: ts.SourceFile;
}

/** Everything in a folder of sources that is not in the shape that CONTRIBUTING describes. */
export function violations(root: string): string[] {
  const sources = read(root);
  return [
    ...featureFiles(root),
    ...sources.flatMap(apiUse),
    ...sources.flatMap(upwardImports),
    ...featureCycles(sources),
    ...sources.flatMap(longFunctions),
    ...sources.flatMap(routesWithoutLoader),
  ];
}

function read(root: string): Source[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$|\.gen\.ts$|generated\//.test(path))
    .map((path) => {
      const tree = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);
      return { path, tree, imports: importsOf(root, path, tree) };
    });
}

function importsOf(root: string, path: string, tree: ts.SourceFile): Import[] {
  return tree.statements.flatMap((one) => {
    const isFrom = ts.isImportDeclaration(one) || ts.isExportDeclaration(one);
    if (!isFrom || one.moduleSpecifier === undefined || !ts.isStringLiteral(one.moduleSpecifier)) return [];
    const module = one.moduleSpecifier.text;
    const values = ts.isImportDeclaration(one) ? valuesOf(one.importClause) : [];
    return [{ module, values, file: fileOf(root, path, module) }];
  });
}

function valuesOf(clause: ts.ImportClause | undefined): string[] {
  const named = clause?.namedBindings;
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || !named || !ts.isNamedImports(named)) return [];
  return named.elements.filter((one) => !one.isTypeOnly).map((one) => (one.propertyName ?? one.name).text);
}

function fileOf(root: string, path: string, module: string): string {
  if (!/^(@\/|\.)/.test(module)) return "";
  const base = module.startsWith("@/") ? module.slice(2) : normalize(join(dirname(path), module));
  const found = ["", ".ts", ".tsx", "/index.ts"].find((end) => isFile(join(root, base + end)));
  return found === undefined ? base : base + found;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** `features/NAME`; undefined for a file elsewhere. */
function featureOf(path: string): string | undefined {
  return /^features\/[^/]+/.exec(path)?.[0];
}

function featureFiles(root: string): string[] {
  const features = join(root, "features");
  if (!existsSync(features)) return [];
  return readdirSync(features).flatMap((name) => {
    const folder = join(features, name);
    const entries = readdirSync(folder, { withFileTypes: true });
    const odd = entries.flatMap((entry) => {
      if (!entry.isDirectory()) return isTop(entry.name) ? [] : [entry.name];
      return entry.name === "parts" || existsSync(join(folder, entry.name, "page.tsx")) ? [] : [`${entry.name}/`];
    });
    if (!existsSync(join(folder, "index.ts"))) odd.push("(no index.ts)");
    return odd.map((file) => `features/${name}/${file}: not the shape of a feature`);
  });
}

/** One of the names, or a test of it. */
function isTop(name: string): boolean {
  const base = name.replace(/\.test\.tsx?$/, "");
  return TOP.test(name) || (base !== name && (TOP.test(`${base}.ts`) || TOP.test(`${base}.tsx`)));
}

function apiUse({ path, imports, tree }: Source): string[] {
  const hooks = imports
    .filter((one) => one.module === "@tanstack/react-query")
    .flatMap((one) => one.values.filter((name) => HOOKS[name]?.test(path) === false));
  const isCaller = /\/(queries|mutations)\.ts$/.test(path);
  const calls = imports
    .filter((one) => one.module === "@/api" && !isCaller && /^(features|shell)\//.test(path))
    .flatMap((one) => one.values.filter((name) => CLIENT.has(name)));
  const composed = [...elementsOf(tree)].filter((name) => COMPOSED[name]?.test(path) === false);
  return [...hooks, ...calls, ...composed].map((name) => `${path}: uses ${name} itself`);
}

function elementsOf(tree: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isJsxOpeningElement(node) || ts.isJsxSelfClosingElement(node)) names.add(node.tagName.getText(tree));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer, index) => {
    const isMore = LAYERS.slice(index + 1).some(
      (other) => other.startsWith(`${layer}/`) && path.startsWith(`${other}/`),
    );
    return path.startsWith(`${layer}/`) && !isMore;
  });
}

function upwardImports({ path, imports }: Source): string[] {
  return imports.flatMap(({ file }) => {
    const [own, other] = [layerOf(path), layerOf(file)];
    const isOtherFeature = featureOf(file) !== undefined && featureOf(file) !== featureOf(path);
    const isDeep = isOtherFeature && file !== `${featureOf(file)}/index.ts`;
    if (isDeep) return [`${path}: imports ${file}, not the feature's index.ts`];
    return own >= 0 && other > own ? [`${path}: imports ${file} of a layer above`] : [];
  });
}

/** Features that import each other, through whatever files, also for types only. */
function featureCycles(sources: readonly Source[]): string[] {
  const uses = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    const own = featureOf(path);
    if (own === undefined) continue;
    const others = imports.map(({ file }) => featureOf(file)).filter((other) => other !== undefined && other !== own);
    uses.set(own, new Set([...(uses.get(own) ?? []), ...(others as string[])]));
  }
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(uses.get(from) ?? [])].some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      return reaches(next, to, seen.add(next));
    });
  return [...uses.keys()].filter((one) => reaches(one, one)).map((one) => `${one}: is part of a circle of features`);
}

function longFunctions({ path, tree }: Source): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node)) {
      const [first, last] = [node.getStart(tree), node.end].map((at) => tree.getLineAndCharacterOfPosition(at).line);
      const lines = (last ?? 0) - (first ?? 0) + 1;
      if (lines > LONGEST_FUNCTION) found.push(`${path}: ${node.name?.text} has ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function routesWithoutLoader({ path, tree }: Source): string[] {
  const isPage = /^routes\/_app\//.test(path) && !WITHOUT_DATA.has(path);
  return isPage && !/^ {2}loader: /m.test(tree.text) ? [`${path}: has no loader`] : [];
}
