import { useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useDebounced } from "@/lib/use-debounced";

const PAUSE = 150;
const SHORTEST = 2;

/** What the server finds by a text of two characters or more, a moment after the last change. */
export function useSearch(text: string) {
  const q = useDebounced(text, PAUSE);
  return useQuery({ ...api.searchOptions({ query: { q } }), enabled: q.length >= SHORTEST });
}

/** The alternative names of the found certificates, loaded only if a name explains a hit. */
export function useNamesOf(text: string, isNeeded: boolean) {
  const query = useDebounced(text, PAUSE);
  const options = api.listCertificatesOptions({ query: { query } });
  const found = useQuery({ ...options, enabled: isNeeded && query.length >= SHORTEST });
  return (id: string) => found.data?.items.find((one) => one.id === id)?.sans ?? [];
}
