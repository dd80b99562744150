import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type CertificateRequest } from "@/api";
import { BY_CURSOR } from "@/lib/pages";
import type { RequestSearch } from "./search";

const PAGE = 100;
const AGAIN = 3_000;
/** States that the server leaves by itself. */
const MOVING: ReadonlySet<string> = new Set(["received", "validating", "ready", "issuing"]);

/** The list behind the filters, page after page. */
export function useRequests({ state, show }: RequestSearch) {
  return useInfiniteQuery({
    ...api.listRequestsInfiniteOptions({
      query: {
        ...(state && { state }),
        ...(show === "mine" && { mine: true }),
        ...(show === "needsMe" && { needs_my_approval: true }),
        limit: PAGE,
      },
    }),
    ...BY_CURSOR,
    placeholderData: (before) => before,
  });
}

/** One request, asked again while the server is at work on it. */
export function useRequest(id: string) {
  return useQuery({
    ...api.getRequestOptions({ path: { request: id } }),
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? AGAIN : false),
  });
}

function isMoving(request: CertificateRequest): boolean {
  return MOVING.has(request.state) && !(request.key_made_here && request.state === "ready");
}
