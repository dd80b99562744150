import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useMay } from "@/features/session";
import { BY_CURSOR } from "@/lib/pages";
import type { ApprovalSearch } from "./search";

const PAGE = 100;
const SHOWN_WAITING = 20;
const AGAIN = 3_000;
const OPEN: ReadonlySet<string> = new Set(["waiting", "approved"]);

/** The list behind the filters, page after page. */
export function useApprovals({ state, show }: ApprovalSearch) {
  return useInfiniteQuery({
    ...api.listApprovalsInfiniteOptions({
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

/** One act, asked for again while others may be deciding about it. */
export function useApproval(id: string) {
  return useQuery({
    ...api.getApprovalOptions({ path: { approval: id } }),
    refetchInterval: (query) => (OPEN.has(query.state.data?.state ?? "") ? AGAIN : false),
  });
}

/** How many acts wait for the caller's consent; `more` when there are further ones than were counted. */
export function useWaitingForMe(): { count: number; more: boolean } {
  const may = useMay("approval:give");
  const found = useQuery({
    ...api.listApprovalsOptions({ query: { needs_my_approval: true, limit: SHOWN_WAITING } }),
    enabled: may,
  });
  return { count: found.data?.items.length ?? 0, more: found.data?.next_cursor != null };
}

export function useApprovalRules() {
  return useQuery(api.getApprovalRulesOptions());
}
