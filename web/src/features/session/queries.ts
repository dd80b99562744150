import { type QueryClient, useQuery } from "@tanstack/react-query";
import { ApiError, api, type Me, mayBeSignedIn, proveBySession, rest, wholeList } from "@/api";

export const ME = { ...api.getMeOptions(), staleTime: Number.POSITIVE_INFINITY };

/** The signed-in user; undefined without one. */
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

/** Whom an invitation link is for. The secret is in no key of the cache, which tools for developers show. */
export function useInvitation(secret: string) {
  return useQuery({
    queryKey: ["invitation"],
    queryFn: async () => (await rest.checkInvitation({ body: { secret } })).data,
    enabled: secret !== "",
    gcTime: 0,
  });
}

/** Reads the session again, whose secret has changed and with it the CSRF token. */
export async function readSession(queryClient: QueryClient): Promise<void> {
  const me = await queryClient.fetchQuery({ ...ME, staleTime: 0 });
  if (me.session) proveBySession(me.session.csrf_token);
}

export function useMe(): Me | undefined {
  return useQuery({ ...ME, enabled: mayBeSignedIn() }).data;
}

/** Only reflects: the server decides. */
export function useMay(permission: string): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

export const providersQuery = () => ({ ...api.listIdentityProvidersOptions(), staleTime: Number.POSITIVE_INFINITY });

/** The identity providers that users can sign in with. */
export function useProviders() {
  return useQuery(providersQuery());
}

/** Whether the user has a passkey. */
export function useHasPasskey(): boolean {
  return (useQuery(api.listFactorsOptions()).data?.passkeys.length ?? 0) > 0;
}

/** The name behind the ID of an actor, if the caller can read it; the kind itself for one that is no user and no token. */
export function useActorName(id: string): string | undefined {
  const me = useMe();
  const mayReadUsers = useMay("user:read");
  const mayReadTokens = useMay("token:read");
  const [kind, own = id] = id.split(":", 2);
  const isSelf = own === me?.user?.id;
  const user = useQuery({
    ...api.getUserOptions({ path: { user: own } }),
    enabled: kind === "user" && mayReadUsers && !isSelf,
    retry: false,
  });
  const tokens = useQuery({
    ...wholeList(api.listTokensQueryKey(), rest.listTokens),
    enabled: kind === "token" && mayReadTokens,
  });
  if (kind === "user") return isSelf ? me?.user?.display_name : user.data?.display_name;
  if (kind === "token") return tokens.data?.items.find((token) => token.id === own)?.name;
  return own;
}
