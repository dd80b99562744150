import { useTranslation } from "react-i18next";
import { type CertificateRequest, rest } from "@/api";
import { type Decision, Decisions } from "@/features/approvals";
import { useMe } from "@/features/session";
import { displayName } from "@/lib/names";
import { actsOn } from "../parts/may";

/** What can be decided about a request; each decision says what will come of it. */
export function RequestActs({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const c = (key: "withdraw" | "reject" | "cancel") => [t(`requests.consequence.${key}`)];
  return (
    <Decisions
      subject={request}
      name={displayName(request)}
      acts={actsOn(request, useMe())}
      consequences={{
        approve: [t("requests.consequence.approve"), t("requests.consequence.approveLast")],
        withdraw: c("withdraw"),
        reject: c("reject"),
        cancel: c("cancel"),
        override: [t("approvals.consequence.override"), t("approvals.consequence.overrideSeen")],
      }}
      perform={perform}
    />
  );
}

function perform(decision: Decision, request: CertificateRequest, reason: string): Promise<unknown> {
  const path = { request: request.id };
  switch (decision) {
    case "approve":
      return rest.approveRequest({ path, body: { plan_sha256: request.plan_sha256 } });
    case "withdraw":
      return rest.withdrawRequestApproval({ path });
    case "reject":
      return rest.rejectRequest({ path, body: { reason } });
    case "cancel":
      return rest.cancelRequest({ path });
    case "override": {
      const approval = request.approvals?.approval ?? "";
      const body = { sha256: request.plan_sha256, reason };
      return rest.overrideApproval({ path: { approval }, body });
    }
  }
}
