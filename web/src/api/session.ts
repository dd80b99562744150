/** The bearer token of somebody who signed in with one: in this page's memory, and nowhere else. */
let bearer: string | undefined;
const listeners = new Set<() => void>();

export function bearerToken(): string | undefined {
  return bearer;
}

export function setBearerToken(token: string | undefined): void {
  bearer = token;
  for (const listener of listeners) listener();
}

/** Told when the server no longer knows who we are. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
