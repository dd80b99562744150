import { useRef } from "react";
import { toApiError } from "@/api";
import { type BrowserKey, type BrowserKeyType, makeBrowserKey } from "@/lib/browser-key";
import { fileName } from "@/lib/download";
import { discardSecretFile, findSecretFile, keepSecretFile, PEM_FILE } from "@/lib/secret-files";

interface KeptKey extends BrowserKey {
  type: BrowserKeyType;
  secret?: number;
  /** An attempt got no response: there may be a certificate for this key. */
  isUncertain?: boolean;
}

export interface Kept<Result> {
  result: Result;
  /** ID of the file with the private key, where this browser generated it. */
  secret: number | undefined;
}

/**
 * Sends requests with a key of this browser, which is kept from before the request is sent until the user has saved it.
 * Only a refusal ends this, and a second attempt uses the same key.
 */
export function useKeptKey() {
  const last = useRef<KeptKey>(undefined);
  return async <Result>(
    type: BrowserKeyType | undefined,
    name: string,
    request: (csr: string | undefined) => Promise<Result>,
  ): Promise<Kept<Result>> => {
    if (type !== last.current?.type) last.current = type && { type, ...(await makeBrowserKey(type)) };
    const key = last.current;
    if (key) keep(key, name);
    try {
      const result = await request(key?.csr);
      last.current = undefined;
      return { result, secret: key?.secret };
    } catch (error) {
      if (key) release(key, error);
      throw error;
    }
  };
}

function keep(key: KeptKey, name: string): void {
  if (key.secret !== undefined && findSecretFile(key.secret)) return;
  key.secret = keepSecretFile(key.privateKey, fileName(name, "key"), PEM_FILE);
}

function release(key: KeptKey, error: unknown): void {
  const { status } = toApiError(error);
  if (status < 400 || status >= 500) key.isUncertain = true;
  if (!key.isUncertain && key.secret !== undefined) discardSecretFile(key.secret);
}
