import { useEffect, useRef } from "react";

/**
 * What leaving the page would lose: a private key or another secret that is shown only once, or changes that are not saved.
 * A `draft` is a form in progress: it does not ask, but the page stays in place when the session ends.
 */
export type LossKind = "key" | "secret" | "changes" | "draft";

const ORDER: readonly LossKind[] = ["key", "secret", "changes", "draft"];
const guards = new Map<symbol, LossKind>();
let question: ((kind: LossKind) => Promise<boolean>) | undefined;

/** Registers a loss until the returned function is called. */
export function addGuard(kind: LossKind): () => void {
  const id = Symbol(kind);
  guards.set(id, kind);
  return () => void guards.delete(id);
}

/** The gravest loss that leaving would cause. */
export function findLoss(): LossKind | undefined {
  const kinds = new Set(guards.values());
  return ORDER.find((kind) => kinds.has(kind));
}

/** The gravest loss that the user must agree to before leaving. */
export function findAskedLoss(): LossKind | undefined {
  const loss = findLoss();
  return loss === "draft" ? undefined : loss;
}

/** Ends every guard: the page belongs to another user now. */
export function endGuards(): void {
  guards.clear();
}

/** Sets how the user is asked; true means that they agree to the loss. */
export function onLeaveQuestion(ask: (kind: LossKind) => Promise<boolean>): () => void {
  question = ask;
  return () => {
    if (question === ask) question = undefined;
  };
}

/** Returns whether the page can be left, after asking the user where something would be lost. */
export async function confirmLeave(): Promise<boolean> {
  const loss = findAskedLoss();
  return loss === undefined || question === undefined || question(loss);
}

/** Guards the page while `isActive`. The returned function ends the guard at once, before the page navigates by itself. */
export function useLeaveGuard(kind: LossKind, isActive: boolean): () => void {
  const release = useRef<() => void>(undefined);
  useEffect(() => {
    if (!isActive) return;
    release.current = addGuard(kind);
    return () => release.current?.();
  }, [kind, isActive]);
  return () => release.current?.();
}
