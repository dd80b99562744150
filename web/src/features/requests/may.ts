import type { CertificateRequest, Me } from "@/api";

export type RequestAct = "approve" | "withdraw" | "reject" | "cancel";

/** What the caller can probably do with a request. Only reflects: the server decides, and knows more (rules, teams). */
export function actsOn(request: CertificateRequest, me: Me | undefined): readonly RequestAct[] {
  if (me === undefined) return [];
  const isMe = (id: string) => id === me.id || id === me.user?.id;
  const isOwn = isMe(request.requested_by);
  const waits = request.state === "awaiting_approval";
  const isOpen = waits || request.state === "ready";
  const hasApproved = request.approvals?.given.some((one) => isMe(one.by)) ?? false;
  const acts: RequestAct[] = [];
  if (me.permissions.includes("request:approve") && request.approvals !== null && isOpen) {
    if (waits && !isOwn && !hasApproved) acts.push("approve");
    if (hasApproved) acts.push("withdraw");
    if (!isOwn) acts.push("reject");
  }
  if (me.permissions.includes("request:submit") && isOwn && isOpen) acts.push("cancel");
  return acts;
}
