import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type CertificateRequest } from "@/api";
import { BY_CURSOR, SHARES, usePages } from "@/lib/pages";
import type { RequestSearch } from "./search";

const PAGE = 100;
const AGAIN = 3_000;
/** States that the server leaves by itself. */
const MOVING: ReadonlySet<string> = new Set(["received", "validating", "ready", "issuing"]);

export const requestQuery = (request: string) => api.getRequestOptions({ path: { request } });

/** The list behind the filters, page after page. */
export function requestsQuery({ state, show }: RequestSearch) {
  const query = { ...(state && { state }), ...(show && SHARES[show]), limit: PAGE };
  return { ...api.listRequestsInfiniteOptions({ query }), ...BY_CURSOR };
}

export function useRequests(search: RequestSearch) {
  return usePages(useInfiniteQuery({ ...requestsQuery(search), placeholderData: (before) => before }));
}

/** One request, loaded repeatedly while the server processes it. */
export function useRequest(id: string) {
  return useQuery({
    ...requestQuery(id),
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? AGAIN : false),
  });
}

function isMoving(request: CertificateRequest): boolean {
  return MOVING.has(request.state) && !(request.key_generated && request.state === "ready");
}
