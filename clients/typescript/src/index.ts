import { type Client, createClient, createConfig } from "./generated/client";
import type { FieldError, Problem } from "./generated/types.gen";

export type { Client } from "./generated/client";
export * from "./generated/sdk.gen";
export type * from "./generated/types.gen";

const ACCEPTED = 202;
const BUSY: ReadonlySet<number> = new Set([429, 503]);
const MILLISECONDS = 1000;
const PAGE = 200;

export interface ConnectOptions {
  /** Base URL of the management or TLS listener. */
  url: string;
  /** API token, or a function that returns the current one. */
  token?: string | (() => string | Promise<string>);
  /** How often a request is sent at most. Default: 6. */
  attempts?: number;
  /** First pause in milliseconds; it doubles up to 30 seconds. Default: 500. */
  pause?: number;
}

/** An error response (RFC 9457). `code` is stable, `message` says what happened and what to do. */
export class ApiError extends Error {
  readonly code: string;
  readonly errors: readonly FieldError[];
  readonly requestId: string;

  constructor(
    readonly status: number,
    problem: Partial<Problem>,
  ) {
    super(problem.detail ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.code = problem.code ?? "error";
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? "";
  }
}

/** The operation waits for approval (HTTP 202). `request` or `approval` has the ID of what waits. */
export class WaitingForApproval extends Error {
  readonly request: string | undefined;
  readonly approval: string | undefined;

  constructor(document: { detail?: string; request?: { id: string } | null; approval?: { id: string } | null }) {
    super(document.detail ?? "The operation waits for approval.");
    this.name = "WaitingForApproval";
    this.request = document.request?.id;
    this.approval = document.approval?.id;
  }
}

/**
 * Returns a client for the operations of this package: `issueCertificate({ client, body })`.
 *
 * Errors are thrown as ApiError. Each POST has an idempotency key, so that a retry never does an operation twice.
 */
export function connect(options: ConnectOptions): Client {
  const client = createClient(
    createConfig({
      baseUrl: `${options.url.replace(/\/+$/, "").replace(/\/api\/v1$/, "")}/api/v1`,
      throwOnError: true,
      fetch: (input: RequestInfo | URL, init?: RequestInit) => send(new Request(input, init), options),
    }),
  );
  client.interceptors.error.use((error, response) =>
    response === undefined || error instanceof Error
      ? error
      : new ApiError(response.status, isObject(error) ? error : {}),
  );
  return client;
}

/** Yields the items of all pages: `for await (const ca of iterate((query) => listCas({ client, query })))`. */
export async function* iterate<Item>(
  list: (query: { limit: number; cursor?: string }) => Promise<{ data: { items: Item[]; next_cursor: string | null } }>,
): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const { data } = await list({ limit: PAGE, ...(cursor !== null && { cursor }) });
    yield* data.items;
    cursor = data.next_cursor;
  } while (cursor !== null);
}

async function send(request: Request, { token, attempts = 6, pause = 500 }: ConnectOptions): Promise<Response> {
  const secret = typeof token === "function" ? await token() : token;
  if (secret !== undefined) request.headers.set("Authorization", `Bearer ${secret}`);
  if (request.method === "POST" && !request.headers.has("Idempotency-Key"))
    request.headers.set("Idempotency-Key", crypto.randomUUID());
  const body = await request.arrayBuffer();
  for (let attempt = 0; ; attempt += 1) {
    const isLast = attempt + 1 >= attempts;
    try {
      const response = await fetch(new Request(request, body.byteLength > 0 ? { body } : {}));
      if (isLast || !(await isBusy(response))) return await orWaiting(response);
      await sleep(Number(response.headers.get("Retry-After") ?? 0) * MILLISECONDS || pause * 2 ** attempt);
    } catch (error) {
      if (isLast || !(error instanceof TypeError)) throw error; // fetch throws a TypeError for a failed connection
      await sleep(pause * 2 ** attempt);
    }
  }
}

/** Whether the server asks for a retry: it is busy, or the first request with the same key is still in progress. */
async function isBusy(response: Response): Promise<boolean> {
  if (response.status !== 409) return BUSY.has(response.status);
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return isObject(problem) && "code" in problem && problem.code === "in_flight";
}

async function orWaiting(response: Response): Promise<Response> {
  if (response.status !== ACCEPTED) return response;
  const document = await response
    .clone()
    .json()
    .catch(() => undefined);
  if (document?.code === "approval_needed") throw new WaitingForApproval(document);
  return response;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, Math.min(milliseconds, 30 * MILLISECONDS)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
