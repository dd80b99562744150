import { ApiError } from "./errors";
import type { Waiting } from "./generated";

const ACCEPTED = 202;
const CODE = "approval_needed";

/** Accepted, and not done yet: `waitsAt` is the page where it waits. */
export class WaitingForApproval extends ApiError {
  readonly waitsAt: { to: "/requests/$id" | "/approvals/$id"; params: { id: string } };

  constructor({ detail, id, request }: Waiting) {
    super(ACCEPTED, CODE, "Waiting for approval", detail);
    this.waitsAt = { to: request === null ? "/approvals/$id" : "/requests/$id", params: { id } };
  }
}

/** An operation that waits for approval: an ApiError, so that no caller treats it as done. */
export async function throwIfWaiting(response: Response): Promise<Response> {
  if (response.status !== ACCEPTED) return response;
  const body: unknown = await response.clone().json();
  if (isWaiting(body)) throw new WaitingForApproval(body);
  return response;
}

/** A response with the requested result; a response that waits for approval has become an error before. */
export function done<T>(answer: T): Exclude<T, Waiting> {
  return answer as Exclude<T, Waiting>;
}

function isWaiting(body: unknown): body is Waiting {
  return typeof body === "object" && body !== null && "code" in body && body.code === CODE;
}
