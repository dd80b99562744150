import type { Problem } from "./generated";

export interface FieldFault {
  field: string;
  rule: string;
  message: string;
}

/** An error response, or no response. `code` is stable; `offline` is the UI's own, for a server that is unreachable. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    detail: string,
    readonly faults: readonly FieldFault[] = [],
    readonly requestId?: string,
  ) {
    super(detail);
    this.name = "ApiError";
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** Converts any error of the client to an ApiError. */
export function toApiError(error: unknown, response?: Response): ApiError {
  if (error instanceof ApiError) return error;
  if (isProblem(error)) {
    return new ApiError(error.status, error.code, error.title, error.detail, error.errors, error.request_id);
  }
  if (response === undefined) return new ApiError(0, "offline", "The server does not answer", String(error));
  const id = response.headers.get("x-request-id") ?? undefined;
  return new ApiError(response.status, "unknown", response.statusText || `HTTP ${response.status}`, "", [], id);
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value && "status" in value;
}
