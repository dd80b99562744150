import { useTranslation } from "react-i18next";
import type { Approval } from "@/api";
import { useMe } from "@/features/session";
import { decideApproval } from "../mutations";
import { objectName, operationKey } from "../status";
import { useConsequences } from "./consequences";
import { Decisions } from "./decisions";
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
      perform={decideApproval}
    />
  );
}
