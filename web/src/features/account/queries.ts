import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type PasswordBodyWritable, proveBySession, rest } from "@/api";
import { readSession } from "@/features/session";
import { makePasskey } from "@/lib/passkey";

/** The user's second factors; `mayAsk` is false for who is no person. */
export function useFactors(mayAsk = true) {
  return useQuery({ ...api.listFactorsOptions(), enabled: mayAsk });
}

/** What there is to know about second factors, identities and sessions is another thing now. */
export function useRefresh(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all(
      [api.listFactorsQueryKey(), api.listOwnIdentitiesQueryKey(), api.listOwnSessionsQueryKey()].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey: [{ _id: queryKey[0]._id }] }),
      ),
    );
  };
}

/** The authenticator has the secret: it counts from now on, and the session has another CSRF token. */
export async function confirmTotp(queryClient: QueryClient, code: string): Promise<void> {
  const { data } = await rest.confirmTotp({ body: { code } });
  proveBySession(data.csrf_token);
  await readSession(queryClient);
}

/** Makes a passkey of this device or another, and registers it. */
export async function addPasskey(queryClient: QueryClient, name: string): Promise<void> {
  const { options } = (await rest.beginPasskey()).data;
  const credential = await makePasskey(options);
  await rest.addPasskey({ body: { name, credential } });
  await readSession(queryClient);
}

export async function changePassword(body: PasswordBodyWritable): Promise<void> {
  const { data } = await rest.changePassword({ body });
  proveBySession(data.csrf_token);
}
