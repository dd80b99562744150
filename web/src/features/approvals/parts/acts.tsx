import { useTranslation } from "react-i18next";
import { type Approval, rest } from "@/api";
import { useMe } from "@/features/session";
import { objectName, operationKey } from "../status";
import { useConsequences } from "./consequences";
import { type Decision, Decisions } from "./decisions";
import { decisionsOn } from "./may";

/** What the caller can do about an act that waits. */
export function ApprovalActs({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const effects = useConsequences(approval);
  const c = (key: "withdraw" | "reject" | "cancel") => [t(`approvals.consequence.${key}`)];
  return (
    <Decisions
      subject={approval}
      name={`${t(operationKey(approval.operation))}: ${objectName(approval)}`}
      acts={decisionsOn(approval, useMe())}
      consequences={{
        approve: [...effects, t("approvals.consequence.approve"), t("approvals.consequence.approveLast")],
        withdraw: c("withdraw"),
        reject: c("reject"),
        cancel: c("cancel"),
        override: [...effects, t("approvals.consequence.override"), t("approvals.consequence.overrideSeen")],
      }}
      perform={perform}
    />
  );
}

function perform(decision: Decision, approval: Approval, reason: string) {
  const path = { approval: approval.id };
  const { sha256 } = approval;
  switch (decision) {
    case "approve":
      return rest.approve({ path, body: { sha256 } });
    case "withdraw":
      return rest.withdrawApproval({ path });
    case "reject":
      return rest.rejectApproval({ path, body: { reason } });
    case "cancel":
      return rest.cancelApproval({ path });
    case "override":
      return rest.overrideApproval({ path, body: { sha256, reason } });
  }
}
