import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import { useMay } from "@/features/session";
import { BY_CURSOR } from "@/lib/pages";
import { serverWords } from "./parts/words";
import type { AuditSearch } from "./search";

const PAGE = 100;

export function useAudit(search: AuditSearch) {
  const { t } = useTranslation();
  const query = search.query && serverWords(t, search.query);
  return useInfiniteQuery({
    ...api.listAuditInfiniteOptions({ query: { ...search, query: query || undefined, limit: PAGE } }),
    ...BY_CURSOR,
    placeholderData: (before) => before,
  });
}

/** What was done to one object, newest first; not requested without the permission to read the audit log. */
export function useHistory(objectId: string) {
  const may = useMay("audit:read");
  const options = api.listAuditInfiniteOptions({ query: { object_id: objectId, limit: PAGE } });
  return useInfiniteQuery({ ...options, ...BY_CURSOR, enabled: may });
}
