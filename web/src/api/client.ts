import { toApiError } from "./errors";
import { client } from "./generated/client.gen";
import { bearerToken, setBearerToken } from "./session";
import { throwIfWaiting } from "./waiting";

const TIMEOUT = 30_000;

/** One place where requests get their credentials and a deadline, and answers that are errors become ApiErrors. */
export function startClient(): void {
  client.setConfig({ baseUrl: "/api/v1", credentials: "same-origin", throwOnError: true });
  client.interceptors.request.use((request) => {
    const token = bearerToken();
    if (token !== undefined) request.headers.set("Authorization", `Bearer ${token}`);
    if (request.method === "POST") request.headers.set("Idempotency-Key", crypto.randomUUID());
    return new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT)]) });
  });
  client.interceptors.response.use(throwIfWaiting);
  client.interceptors.error.use((error, response) => {
    const told = toApiError(error, response);
    if (told.status === 401 && bearerToken() !== undefined) setBearerToken(undefined);
    return told;
  });
}
