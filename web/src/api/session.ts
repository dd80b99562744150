/**
 * What this page proves its requests with: the bearer token of somebody who signed in with one, in this page's memory
 * and nowhere else; or the token that goes with the session's cookie, which no script can read.
 */
interface Proof {
  bearer?: string;
  csrf?: string;
}

const HINT = "pkim.session";
let proof: Proof = {};
let era = 0;
const enders = new Set<() => void>();
let prover: (() => Promise<boolean>) | undefined;
let proving: Promise<boolean> | undefined;

export function currentProof(): Readonly<Proof> {
  return proof;
}

/** Changes at every sign-in and sign-out: responses to earlier requests do not concern the present user. */
export function currentEra(): number {
  return era;
}

export function proveByToken(token: string): void {
  era += 1;
  proof = { bearer: token };
}

/** The session's CSRF token, which `GET /me` and every sign-in return. */
export function proveBySession(csrf: string): void {
  if (proof.csrf === undefined) era += 1;
  proof = { csrf };
  localStorage.setItem(HINT, "1");
}

export function forgetProof(): void {
  era += 1;
  proof = {};
  localStorage.removeItem(HINT);
}

/** Whether it is worth asking who is signed in: the cookie itself cannot be seen. */
export function mayBeSignedIn(): boolean {
  return proof.bearer !== undefined || proof.csrf !== undefined || localStorage.getItem(HINT) !== null;
}

/** Sets the function that is called when the server no longer accepts the credentials. */
export function onSessionEnd(listener: () => void): () => void {
  enders.add(listener);
  return () => enders.delete(listener);
}

/** Sets how the user is asked to confirm their identity; true means that they did. */
export function onProofNeeded(ask: () => Promise<boolean>): () => void {
  prover = ask;
  return () => {
    if (prover === ask) prover = undefined;
  };
}

/** Asks the user once, however many requests wait for it. */
export function askForProof(): Promise<boolean> {
  proving ??= (prover?.() ?? Promise.resolve(false)).finally(() => {
    proving = undefined;
  });
  return proving;
}

/** The server refused the credentials of that era: a user who has signed in since stays signed in. */
export function tellSessionEnded(asked: number): void {
  if (asked !== era || !mayBeSignedIn()) return;
  forgetProof();
  for (const tell of enders) tell();
}
