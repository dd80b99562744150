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

/** Another number whenever somebody has come or gone: what was asked before says nothing about who is here now. */
export function currentEra(): number {
  return era;
}

export function proveByToken(token: string): void {
  era += 1;
  proof = { bearer: token };
}

/** The session's CSRF token, as `GET /me` and every sign-in tell it. */
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

/** Told when the server no longer knows who we are. */
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

/** Asks once, however many requests wait for the answer. */
export function askForProof(): Promise<boolean> {
  proving ??= (prover?.() ?? Promise.resolve(false)).finally(() => {
    proving = undefined;
  });
  return proving;
}

/** The server did not know who asked, in that era: whoever has signed in since is still signed in. */
export function tellSessionEnded(asked: number): void {
  if (asked !== era || !mayBeSignedIn()) return;
  forgetProof();
  for (const tell of enders) tell();
}
