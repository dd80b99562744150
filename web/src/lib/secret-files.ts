import { useSyncExternalStore } from "react";
import { download } from "./download";
import { addGuard } from "./leave-guard";

/**
 * A file with a private key that exists only in the memory of this tab, until it is saved. It outlives the page that
 * created it, but not the tab: nothing is written to the browser's storage.
 */
export interface SecretFile {
  readonly id: number;
  readonly content: BlobPart;
  readonly mediaType: string;
  readonly name: string;
  readonly isSaved: boolean;
}

export const PEM_FILE = "application/x-pem-file";
export const PKCS12 = "application/x-pkcs12";

let files: readonly SecretFile[] = [];
let shown: readonly number[] = [];
let endGuard: (() => void) | undefined;
let lastId = 0;
const listeners = new Set<() => void>();

/** Keeps a file until it is saved or discarded; returns its ID. */
export function keepSecretFile(content: BlobPart, name: string, mediaType: string): number {
  lastId += 1;
  change([...files, { id: lastId, content, name, mediaType, isSaved: false }]);
  return lastId;
}

export function renameSecretFile(id: number, name: string): void {
  change(files.map((file) => (file.id === id ? { ...file, name } : file)));
}

/** Downloads a file; leaving the page then no longer warns about it. */
export function saveSecretFile(id: number): void {
  const file = files.find((one) => one.id === id);
  if (file === undefined) return;
  download(file.content, file.name, file.mediaType);
  if (shown.includes(id)) change(files.map((one) => (one.id === id ? { ...one, isSaved: true } : one)));
  else discardSecretFile(id);
}

/** Downloads every file that is not saved yet. */
export function saveSecretFiles(): void {
  for (const { id, isSaved } of files) if (!isSaved) saveSecretFile(id);
}

export function discardSecretFile(id: number): void {
  change(files.filter((file) => file.id !== id));
}

export function discardSecretFiles(): void {
  change([]);
}

export function findSecretFile(id: number): SecretFile | undefined {
  return files.find((file) => file.id === id);
}

export function useSecretFile(id: number): SecretFile | undefined {
  return useSyncExternalStore(subscribe, () => findSecretFile(id));
}

/** Unsaved files that no page shows now. */
export function useForgottenFiles(): readonly SecretFile[] {
  const all = useSyncExternalStore(subscribe, () => files);
  const onPage = useSyncExternalStore(subscribe, () => shown);
  return all.filter((file) => !file.isSaved && !onPage.includes(file.id));
}

/** Says that a page shows a file, until the returned function is called. */
export function showSecretFile(id: number): () => void {
  shown = [...shown, id];
  notify();
  return () => {
    const at = shown.indexOf(id);
    shown = shown.filter((_, index) => index !== at);
    if (findSecretFile(id)?.isSaved) discardSecretFile(id);
    notify();
  };
}

function change(next: readonly SecretFile[]): void {
  files = next;
  endGuard?.();
  endGuard = files.some((file) => !file.isSaved) ? addGuard("key") : undefined;
  notify();
}

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
