import type { Approval, Consents, Me } from "@/api";

export type Decision = "approve" | "withdraw" | "reject" | "cancel" | "override";

type Known = Pick<Approval, "state" | "requested_by" | "authors" | "approvals">;

/** Whether an actor's id is the caller's, or that of the user behind the caller's token. */
export function isMine(me: Me, id: string): boolean {
  return id === me.id || (me.user !== null && id === `user:${me.user.id}`);
}

/** Whether the caller requested or edited the operation. */
export function isOwnAct({ requested_by, authors }: Pick<Known, "requested_by" | "authors">, me: Me): boolean {
  return [requested_by, ...authors].some((one) => isMine(me, one));
}

/** Whether every rule lets an administrator do without the others, and the caller is one. */
export function mayOverride(me: Me, consents: Consents | null): boolean {
  return me.permissions.includes("approval:override") && (consents?.rules.every((rule) => rule.break_glass) ?? false);
}

/** What the caller can probably decide about an act. Only reflects: the server decides, and knows more (roles, teams). */
export function decisionsOn(approval: Known, me: Me | undefined): readonly Decision[] {
  if (me === undefined) return [];
  const isOwn = isOwnAct(approval, me);
  const waits = approval.state === "waiting";
  const isOpen = waits || approval.state === "approved";
  const hasApproved = approval.approvals.given.some((one) => isMine(me, one.by));
  const decisions: Decision[] = [];
  if (!isOpen) return decisions;
  if (me.permissions.includes("approval:approve")) {
    if (waits && !isOwn && !hasApproved) decisions.push("approve");
    if (hasApproved) decisions.push("withdraw");
    if (!isOwn) decisions.push("reject");
    if (isOwn) decisions.push("cancel");
  }
  if (waits && mayOverride(me, approval.approvals)) decisions.push("override");
  return decisions;
}
