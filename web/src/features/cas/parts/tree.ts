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

/** From the root, or the highest one that can be seen, down to the CA. */
export function pathTo(ca: Ca, cas: readonly Ca[]): Ca[] {
  const parent = cas.find((one) => one.id === ca.parent);
  return parent === undefined ? [ca] : [...pathTo(parent, cas), ca];
}

/** All that stand below the CA, at any depth. */
export function allBelow(ca: Ca, cas: readonly Ca[]): Ca[] {
  return cas.filter((one) => one.parent === ca.id).flatMap((one) => [one, ...allBelow(one, cas)]);
}
