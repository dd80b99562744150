import type { CertificateRequest, Me } from "@/api";
import { type Decision, isMine, mayOverride } from "@/features/approvals";

/** What the caller can probably do with a request. Only reflects: the server decides, and knows more (rules, teams). */
export function actsOn(request: CertificateRequest, me: Me | undefined): readonly Decision[] {
  if (me === undefined) return [];
  const isOwn = isMine(me, request.requested_by);
  const waits = request.state === "awaiting_approval";
  if (!waits && request.state !== "ready") return [];
  const acts: Decision[] = [];
  if (me.permissions.includes("request:approve")) acts.push(...consenting(request, me, waits));
  if (isOwn && me.permissions.includes("request:submit")) acts.push("cancel");
  if (waits && mayOverride(me, request.approvals)) acts.push("override");
  return acts;
}

function consenting({ approvals, requested_by }: CertificateRequest, me: Me, waits: boolean): readonly Decision[] {
  if (approvals === null) return [];
  const isOpen = waits && !approvals.authors.some((one) => isMine(me, one));
  const hasApproved = approvals.given.some((one) => isMine(me, one.by));
  const acts: Decision[] = [];
  if (isOpen && !hasApproved) acts.push("approve");
  if (hasApproved) acts.push("withdraw");
  if (!isMine(me, requested_by)) acts.push("reject");
  return acts;
}

/** Whether the caller can probably edit the request: as its requester or an approver, while it waits. */
export function mayEdit(request: CertificateRequest, me: Me | undefined): boolean {
  if (me === undefined || (request.state !== "awaiting_approval" && request.state !== "ready")) return false;
  const { permissions } = me;
  if (!permissions.includes("request:submit")) return false;
  return isMine(me, request.requested_by) || permissions.includes("request:approve");
}
