import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "@/api";
import { useMay } from "@/features/session";
import { BY_CURSOR, SHARES, usePages } from "@/lib/pages";
import type { ApprovalSearch } from "./search";

const PAGE = 100;
const SHOWN_WAITING = 20;
const AGAIN = 3_000;
const OPEN: ReadonlySet<string> = new Set(["waiting", "approved"]);

export const approvalQuery = (approval: string) => api.getApprovalOptions({ path: { approval } });
export const approvalRulesQuery = () => api.getApprovalRulesOptions();
export const waitingForMeQuery = () =>
  api.listApprovalsOptions({ query: { needs_my_approval: true, limit: SHOWN_WAITING } });

/** The list behind the filters, page after page. */
export function approvalsQuery({ state, show }: ApprovalSearch) {
  const query = { ...(state && { state }), ...(show && SHARES[show]), limit: PAGE };
  return { ...api.listApprovalsInfiniteOptions({ query }), ...BY_CURSOR };
}

export function useApprovals(search: ApprovalSearch) {
  return usePages(useInfiniteQuery({ ...approvalsQuery(search), placeholderData: (before) => before }));
}

/** One operation, requested again while others may be deciding about it. */
export function useApproval(id: string) {
  return useQuery({
    ...approvalQuery(id),
    refetchInterval: (query) => (OPEN.has(query.state.data?.state ?? "") ? AGAIN : false),
  });
}

/** How many operations wait for the caller's approval; `more` when there are further ones than were counted. */
export function useWaitingForMe(): { count: number; more: boolean } {
  const mayGive = useMay("approval:approve");
  const found = useQuery({ ...waitingForMeQuery(), enabled: mayGive });
  return { count: found.data?.items.length ?? 0, more: found.data?.next_cursor != null };
}

export function useApprovalRules() {
  return useQuery(approvalRulesQuery());
}
