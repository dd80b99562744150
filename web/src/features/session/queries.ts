import { type QueryClient, useQuery } from "@tanstack/react-query";
import {
  ApiError,
  api,
  currentProof,
  forgetProof,
  type Me,
  mayBeSignedIn,
  type OwnSession,
  proveBySession,
  proveByToken,
  rest,
  type SecondFactorBodyWritable,
} from "@/api";

const ME = { ...api.getMeOptions(), staleTime: Number.POSITIVE_INFINITY };

/** Who is signed in; undefined when nobody is. */
export async function currentUser(queryClient: QueryClient): Promise<Me | undefined> {
  if (!mayBeSignedIn()) return undefined;
  try {
    const me = await queryClient.ensureQueryData(ME);
    if (me.session) proveBySession(me.session.csrf_token);
    return me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

export function useMe(): Me | undefined {
  return useQuery({ ...ME, enabled: mayBeSignedIn() }).data;
}

/** Only reflects: the server decides. */
export function useMay(permission: string): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

/** Signs in with an API token: whoever it belongs to is asked for with it. */
export async function signInWithToken(queryClient: QueryClient, token: string): Promise<void> {
  queryClient.clear();
  proveByToken(token);
  try {
    await queryClient.fetchQuery(ME);
  } catch (error) {
    forgetProof();
    throw error;
  }
}

export async function signInWithPassword(
  queryClient: QueryClient,
  login: string,
  password: string,
): Promise<OwnSession> {
  return begin(queryClient, (await rest.createSession({ body: { login, password } })).data);
}

/** The second step of a sign-in that waits for one. */
export async function giveSecondFactor(queryClient: QueryClient, body: SecondFactorBodyWritable): Promise<OwnSession> {
  return begin(queryClient, (await rest.giveSecondFactor({ body })).data);
}

/** What a passkey has to answer: of the user who waits, or of anybody. */
export async function passkeyOptions(): Promise<Record<string, unknown>> {
  return (await rest.getPasskeyOptions()).data.options;
}

export async function signInWithPasskey(
  queryClient: QueryClient,
  passkey: Record<string, unknown>,
): Promise<OwnSession> {
  return begin(queryClient, (await rest.createSessionByPasskey({ body: { passkey } })).data);
}

/** With the secret of a one-time link: chooses a password and is signed in. */
export async function acceptLink(queryClient: QueryClient, secret: string, password: string): Promise<OwnSession> {
  return begin(queryClient, (await rest.acceptInvitation({ body: { secret, password } })).data);
}

/** Proves once more who it is, for what needs it. */
export async function proveAgain(queryClient: QueryClient, password: string): Promise<void> {
  const { data } = await rest.reauthenticate({ body: { password } });
  proveBySession(data.csrf_token);
  await queryClient.invalidateQueries({ queryKey: ME.queryKey });
}

/** The same by a passkey. */
export async function proveByPasskey(queryClient: QueryClient, passkey: Record<string, unknown>): Promise<void> {
  const { data } = await rest.reauthenticate({ body: { passkey } });
  proveBySession(data.csrf_token);
  await queryClient.invalidateQueries({ queryKey: ME.queryKey });
}

/** The session has another secret since the last answer, and so another CSRF token: asks for it. */
export async function readSession(queryClient: QueryClient): Promise<void> {
  const me = await queryClient.fetchQuery({ ...ME, staleTime: 0 });
  if (me.session) proveBySession(me.session.csrf_token);
}

export async function signOut(queryClient: QueryClient): Promise<void> {
  if (currentProof().csrf !== undefined) await rest.signOut();
  forgetProof();
  queryClient.clear();
}

/** Ends all sessions of the user, and with `revokeTokens` their API tokens and ACME keys. */
export async function signOutEverywhere(queryClient: QueryClient, revokeTokens: boolean): Promise<void> {
  await rest.signOutEverywhere({ query: { revoke_tokens: revokeTokens } });
  forgetProof();
  queryClient.clear();
}

export function begin(queryClient: QueryClient, session: OwnSession): OwnSession {
  queryClient.clear();
  proveBySession(session.csrf_token);
  return session;
}
