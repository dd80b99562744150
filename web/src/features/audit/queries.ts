import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api } from "@/api";
import { useMay } from "@/features/session";
import { BY_CURSOR, usePages } from "@/lib/pages";
import { serverWords } from "./parts/words";
import type { AuditSearch } from "./search";

const PAGE = 100;

/** The events behind the filters, page after page. */
export function auditQuery(t: TFunction, search: AuditSearch) {
  const query = search.query && serverWords(t, search.query);
  return {
    ...api.listAuditInfiniteOptions({ query: { ...search, query: query || undefined, limit: PAGE } }),
    ...BY_CURSOR,
  };
}

/** What was done to one object, newest first. */
export function historyQuery(objectId: string) {
  return { ...api.listAuditInfiniteOptions({ query: { object_id: objectId, limit: PAGE } }), ...BY_CURSOR };
}

export function useAudit(search: AuditSearch) {
  const { t } = useTranslation();
  return usePages(useInfiniteQuery({ ...auditQuery(t, search), placeholderData: (before) => before }));
}

/** The history of one object; not requested without the permission to read the audit log. */
export function useHistory(objectId: string) {
  const may = useMay("audit:read");
  return usePages(useInfiniteQuery({ ...historyQuery(objectId), enabled: may }));
}

/** Has the whole audit log verified now, each time that it is shown. */
export function useVerification() {
  return useQuery({ ...api.verifyAuditOptions(), staleTime: 0, gcTime: 0 });
}
