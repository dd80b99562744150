import { useTranslation } from "react-i18next";
import type { Approval, ApprovalState } from "@/api";
import { Badge, type Tone } from "@/components/ui/badge";
import { displayName } from "@/lib/names";

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

const AN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the act is about, as people know it: by its name, or by those of the certificate that is to be. */
export function objectName(approval: Pick<Approval, "object" | "body">): string {
  const { name, login, subject, sans } = approval.body;
  if (typeof name === "string" && name !== "") return name;
  if (!AN_ID.test(approval.object)) return approval.object;
  if (typeof login === "string") return login;
  return typeof subject === "string" && Array.isArray(sans) ? displayName({ subject, sans }) : approval.object;
}
