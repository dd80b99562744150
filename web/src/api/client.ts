import { toApiError } from "./errors";
import { client } from "./generated/client.gen";
import { isUnattended } from "./presence";
import { suspectAway } from "./reach";
import { currentEra, currentProof, tellProofNeeded, tellSessionEnded } from "./session";
import { throwIfWaiting } from "./waiting";

const TIMEOUT = 30_000;
const SAFE = new Set(["GET", "HEAD"]);

/** In which era a request was sent. */
const eras = new WeakMap<Request, number>();

/** One place where requests get their credentials and a deadline, and answers that are errors become ApiErrors. */
export function startClient(): void {
  client.setConfig({ baseUrl: "/api/v1", credentials: "same-origin", throwOnError: true });
  client.interceptors.request.use((request) => {
    const { bearer, csrf } = currentProof();
    if (bearer !== undefined) request.headers.set("Authorization", `Bearer ${bearer}`);
    if (csrf !== undefined && !SAFE.has(request.method)) request.headers.set("X-CSRF-Token", csrf);
    if (isUnattended()) request.headers.set("X-Unattended", "true");
    if (request.method === "POST") request.headers.set("Idempotency-Key", crypto.randomUUID());
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT)]);
    const sent = new Request(request, { signal });
    eras.set(sent, currentEra());
    return sent;
  });
  client.interceptors.response.use(throwIfWaiting);
  client.interceptors.error.use((error, response, request) => {
    const told = toApiError(error, response);
    if (told.isOffline && !isOurAbort(error)) void suspectAway();
    if (told.code === "unauthenticated") tellSessionEnded(eras.get(request) ?? currentEra());
    if (told.code === "fresh_authentication_required") tellProofNeeded();
    return told;
  });
}

/** We no longer wanted the answer. */
function isOurAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
