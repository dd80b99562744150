import { useTranslation } from "react-i18next";
import type { Approval, ApprovalState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<ApprovalState, Tone> = {
  waiting: "warning",
  approved: "accent",
  executed: "good",
  rejected: "danger",
  cancelled: "neutral",
  expired: "neutral",
  refused: "danger",
};

export function ApprovalBadge({ state }: { state: ApprovalState }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[state]}>{t(`approvals.state.${state}`)}</Badge>;
}

/** The key of an operation's words. */
export function operationKey(operation: Approval["operation"]) {
  return `approvals.operation.${operation.replaceAll(".", "_") as Underscored<Approval["operation"]>}` as const;
}

type Underscored<Text extends string> = Text extends `${infer Head}.${infer Tail}` ? `${Head}_${Tail}` : Text;

/** What the act is about, as people know it. */
export function objectName(approval: Pick<Approval, "object" | "body">): string {
  const { name } = approval.body;
  return typeof name === "string" && name !== "" ? name : approval.object;
}
