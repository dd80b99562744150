import { useActorName } from "../queries";

/** The actor behind an id, by name if the caller can read it, else by the id. The title has the id. */
export function ActorName({ id }: { id: string }) {
  const name = useActorName(id);
  return <span title={id}>{name ?? id}</span>;
}
