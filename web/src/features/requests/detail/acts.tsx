import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { Decisions } from "@/features/approvals";
import { useMe } from "@/features/session";
import { displayName } from "@/lib/names";
import { decideRequest } from "../mutations";
import { actsOn } from "../parts/may";

/** The decisions about a request, each with its consequence. */
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
      perform={decideRequest}
    />
  );
}
