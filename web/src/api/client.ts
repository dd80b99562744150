import { toApiError } from "./errors";
import { client } from "./generated/client.gen";
import { idempotencyOf } from "./idempotency";
import { isUnattended } from "./presence";
import { suspectAway } from "./reach";
import { askForProof, currentEra, currentProof, tellSessionEnded } from "./session";
import { throwIfWaiting } from "./waiting";

const TIMEOUT = 30_000;
const PROOF_NEEDED = "fresh_authentication_required";
const SAFE = new Set(["GET", "HEAD"]);

/** In which era a request was sent. */
const eras = new WeakMap<Request, number>();

/** One place where requests get their credentials and a deadline, and answers that are errors become ApiErrors. */
export function startClient(): void {
  client.setConfig({ baseUrl: "/api/v1", credentials: "same-origin", throwOnError: true, fetch: fetchWithProof });
  client.interceptors.request.use((request) => {
    setProof(request);
    if (isUnattended()) request.headers.set("X-Unattended", "true");
    eras.set(request, currentEra());
    return request;
  });
  client.interceptors.response.use(throwIfWaiting);
  client.interceptors.error.use((error, response, request) => {
    const told = toApiError(error, response);
    if (told.isOffline && !isOurAbort(error)) void suspectAway();
    if (told.code === "unauthenticated") tellSessionEnded(eras.get(request) ?? currentEra());
    return told;
  });
}

function setProof(request: Request): void {
  const { bearer, csrf } = currentProof();
  if (bearer !== undefined) request.headers.set("Authorization", `Bearer ${bearer}`);
  if (csrf !== undefined && !SAFE.has(request.method)) request.headers.set("X-CSRF-Token", csrf);
}

/** A request that needs recent authentication waits while the user confirms their identity, and is then sent again. */
async function fetchWithProof(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const body = await request.arrayBuffer(); // a cloned request would send its body as a stream, without its length
  const once = request.method === "POST" ? await idempotencyOf(request, body) : undefined;
  if (once) request.headers.set("Idempotency-Key", once.key);
  const response = await fetchInTime(request, body);
  once?.settle(response);
  if (response.ok || !(await needsProof(response)) || !(await askForProof())) return response;
  setProof(request);
  return fetchInTime(request, body);
}

function fetchInTime(request: Request, body: ArrayBuffer): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT)]);
  return fetch(new Request(request, { signal, ...(body.byteLength > 0 && { body }) }));
}

async function needsProof(response: Response): Promise<boolean> {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return false;
  const problem: unknown = await response.clone().json();
  return typeof problem === "object" && problem !== null && "code" in problem && problem.code === PROOF_NEEDED;
}

/** The caller cancelled the request. */
function isOurAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
