import { currentEra } from "./session";

/**
 * Idempotency keys: a request that is sent again because the first attempt got no response has the same key, so that the
 * server does not do twice what both ask for. A conflict settles nothing: the first attempt may still be in progress.
 */
const MOST = 50;
const CONFLICT = 409;
const unanswered = new Map<string, string>();

/** The key of a request; `settle` is called with its response. The requests of an earlier user are other ones. */
export async function idempotencyOf(request: Request, body: ArrayBuffer) {
  const digest = await digestOf(`${currentEra()} ${request.method} ${request.url}`, body);
  const key = unanswered.get(digest) ?? crypto.randomUUID();
  remember(digest, key);
  return {
    key,
    settle: ({ status }: Response) => {
      if (status < 500 && status !== CONFLICT) unanswered.delete(digest);
    },
  };
}

function remember(digest: string, key: string): void {
  unanswered.delete(digest);
  unanswered.set(digest, key);
  const [oldest] = unanswered.keys();
  if (unanswered.size > MOST && oldest !== undefined) unanswered.delete(oldest);
}

/** A digest, so that no secret of a body is kept. */
async function digestOf(target: string, body: ArrayBuffer): Promise<string> {
  const text = new TextEncoder().encode(`${target}\n`);
  const whole = new Uint8Array(text.length + body.byteLength);
  whole.set(text);
  whole.set(new Uint8Array(body), text.length);
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", whole))].join(",");
}
