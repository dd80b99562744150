import { useMemo, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

/** A value that this browser stores under a key, and a function to change it, which updates all components. */
export function useKept<Value>(key: string, read: (kept: unknown) => Value) {
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(key));
  const value = useMemo(() => read(parsed(text)), [text, read]);
  return [value, (next: Value) => keep(key, next)] as const;
}

export function kept(key: string): unknown {
  return parsed(localStorage.getItem(key));
}

export function keep(key: string, value: unknown): void {
  localStorage.setItem(key, JSON.stringify(value));
  for (const listener of listeners) listener();
}

/** Undefined for a value that is not JSON, written by another program. */
function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
