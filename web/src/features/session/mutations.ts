import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import {
  currentProof,
  forgetProof,
  type OwnSession,
  type Provider,
  proveBySession,
  proveByToken,
  rest,
  type SecondFactorBodyWritable,
  type VisitBodyWritable,
} from "@/api";
import { takeArrival } from "@/lib/arrival";
import { askPasskey } from "@/lib/passkey";
import { useChange } from "@/shared/change";
import { rememberVisit } from "./parts/visit";
import { ME } from "./queries";

type OnSession = (session: OwnSession) => void;

/** Starts the session: what an earlier user read is forgotten. */
function begin<Response extends { data: OwnSession }>(queryClient: QueryClient, response: Response): Response {
  queryClient.clear();
  proveBySession(response.data.csrf_token);
  return response;
}

/** The passkey of the user who waits for the second step, or of any user. */
async function askForPasskey(): Promise<Record<string, unknown>> {
  return askPasskey((await rest.getPasskeyOptions()).data.options);
}

/** Signs in with an API token, which stays in the memory of this page. */
export function useSignInWithToken(onDone: () => void) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (token: string) => {
      queryClient.clear();
      proveByToken(token);
      try {
        return { data: await queryClient.fetchQuery(ME) };
      } catch (error) {
        forgetProof();
        throw error;
      }
    },
    onDone,
  });
}

export function useSignInWithPassword(onDone: OnSession) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (body: { login: string; password: string }) => begin(queryClient, await rest.createSession({ body })),
    onDone,
  });
}

export function useSignInWithPasskey(onDone: OnSession) {
  const queryClient = useQueryClient();
  return useChange({
    send: async () =>
      begin(queryClient, await rest.createSessionByPasskey({ body: { passkey: await askForPasskey() } })),
    onDone,
  });
}

/** Sends the second factor of a sign-in that waits for one: a code, or a passkey for undefined. */
export function useSecondFactor(onDone: () => void) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (code: SecondFactorBodyWritable | undefined) => {
      const body = code ?? { passkey: await askForPasskey() };
      return begin(queryClient, await rest.submitSecondFactor({ body }));
    },
    onDone,
  });
}

/** Accepts the invitation of a one-time link with a new password, and signs in. */
export function useAcceptLink(secret: string, onDone: OnSession) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (password: string) => begin(queryClient, await rest.acceptInvitation({ body: { secret, password } })),
    onDone,
  });
}

/** Confirms the identity of the user by a password, or by a passkey for undefined. */
export function useConfirmIdentity(onDone: () => void) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (password: string | undefined) => {
      const body = password === undefined ? { passkey: await askForPasskey() } : { password };
      const confirmed = await rest.reauthenticate({ body });
      proveBySession(confirmed.data.csrf_token);
      await queryClient.invalidateQueries({ queryKey: ME.queryKey });
      return confirmed;
    },
    onDone,
  });
}

/** Sends the browser to an identity provider. It comes back to `/oidc/NAME`. */
export function useVisitProvider(body: VisitBodyWritable, to: string) {
  return useChange({
    send: async ({ name }: Provider) => {
      const visit = await rest.startOidcSignIn({ path: { provider: name }, body });
      rememberVisit({ purpose: body.purpose ?? "sign-in", to });
      window.location.assign(visit.data.authorization_url);
      return visit;
    },
  });
}

const returns = new Map<string, Promise<OwnSession>>();

/** Sends what the provider has returned to the server once, however often the page is drawn. */
export function finishVisit(queryClient: QueryClient, provider: string): Promise<OwnSession> {
  const known = returns.get(provider);
  if (known) return known;
  const arrival = takeArrival();
  const field = (name: string) => arrival.get(name) ?? undefined;
  const body = { state: field("state") ?? "none", code: field("code"), iss: field("iss"), error: field("error") };
  const running = rest
    .completeOidcSignIn({ path: { provider }, body })
    .then((response) => begin(queryClient, response).data);
  returns.set(provider, running);
  return running;
}

/** Where to go to be signed out at the provider too; undefined where there is no such place, or the server fails. */
async function signOutPlace(method: string): Promise<string | undefined> {
  const [, provider] = /^oidc:([a-z0-9-]+)/.exec(method) ?? [];
  if (provider === undefined) return undefined;
  try {
    return (await rest.getIdentitySignOut({ path: { provider } })).data.url ?? undefined;
  } catch {
    return undefined;
  }
}

/** Signs out; `onDone` gets the address at the identity provider to go on to, if there is one. */
export function useSignOut(method: string, onDone: (place: string | undefined) => unknown) {
  const queryClient = useQueryClient();
  return useChange({
    send: async () => {
      const place = await signOutPlace(method);
      if (currentProof().csrf !== undefined) await rest.signOut();
      forgetProof();
      queryClient.clear();
      return { data: place };
    },
    onDone,
    isFailureToast: true,
  });
}

/** Ends all sessions of the user, and with true their API tokens and EAB keys. */
export function useSignOutEverywhere(onDone: () => unknown) {
  const queryClient = useQueryClient();
  return useChange({
    send: async (revoke_tokens: boolean) => {
      const ended = await rest.signOutEverywhere({ query: { revoke_tokens } });
      forgetProof();
      queryClient.clear();
      return ended;
    },
    onDone,
  });
}
