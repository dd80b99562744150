import type { Ca } from "@/api";

export interface Branch {
  ca: Ca;
  depth: number;
}

/** Roots first, each followed by what is below it; by name among siblings. */
export function treeOf(cas: readonly Ca[]): Branch[] {
  const known = new Set(cas.map((ca) => ca.id));
  const below = (parent: string | null, depth: number): Branch[] =>
    cas
      .filter((ca) => (ca.parent !== null && known.has(ca.parent) ? ca.parent : null) === parent)
      .sort((one, other) => one.name.localeCompare(other.name))
      .flatMap((ca) => [{ ca, depth }, ...below(ca.id, depth + 1)]);
  return below(null, 0);
}
