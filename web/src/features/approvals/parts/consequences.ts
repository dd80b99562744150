import { useTranslation } from "react-i18next";
import type { Approval } from "@/api";
import { type CaAct, useCaConsequences, useCaNames } from "@/features/cas";

const CA_ACTS: Partial<Record<Approval["operation"], CaAct>> = {
  "ca.resume": "resume",
  "ca.retire": "retire",
  "ca.revoke": "revoke",
};

/** Operations that destroy something: to carry them out, the name of the object is typed. */
const FINAL: ReadonlySet<string> = new Set(["ca.retire", "ca.revoke", "key.destroy", "certificate.bulk_revoke"]);

/** What an operation does when it is carried out, in numbers where there are any. */
export function useConsequences(approval: Approval): string[] {
  const { t } = useTranslation();
  const { operation, object, body } = approval;
  const ofCa = useCaConsequences(CA_ACTS[operation], useCaNames().get(object));
  switch (operation) {
    case "key.destroy":
      return [t("cas.key.destroyStatus"), t("cas.consequence.forGood")];
    case "certificate.bulk_revoke":
      return typeof body.rows === "number"
        ? [t("approvals.bulkStop", { count: body.rows }), t("cas.consequence.forGood")]
        : [t("approvals.effect.revokeByKey"), t("cas.consequence.forGood")];
    case "profile.change":
      return [t(body.verb === "retire" ? "profiles.consequence" : "approvals.effect.profile")];
    case "ca.create":
    case "ca.install":
    case "ca.cross_sign":
    case "ca.rotate":
    case "approval_rules.change":
    case "role.change":
    case "certificate.export_key":
      return [t(`approvals.effect.${operation.replace(".", "_") as "ca_create"}`)];
    default:
      return ofCa;
  }
}

export function isFinal(operation: Approval["operation"]): boolean {
  return FINAL.has(operation);
}
