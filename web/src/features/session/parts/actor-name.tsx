import { useQuery } from "@tanstack/react-query";
import { api, rest, wholeList } from "@/api";
import { useMay, useMe } from "../queries";

/** The actor behind an id, by name if the caller can read it, else by the id. The title has the id. */
export function ActorName({ id }: { id: string }) {
  const name = useActorName(id);
  return <span title={id}>{name ?? id}</span>;
}

function useActorName(id: string): string | undefined {
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
