import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RevocationReason } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { displayName } from "@/lib/names";
import { ReasonField } from "@/shared/reason-field";
import { useRevokeCertificate } from "../mutations";
import type { ActProps } from "./plain-acts";

/** Revokes permanently, with the reason that the CRL shows to relying parties. */
export function RevokeDialog({ certificate, onClose }: ActProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<RevocationReason>("superseded");
  const revoke = useRevokeCertificate(certificate, onClose);
  const name = displayName(certificate);
  const consequences = [t("certificates.consequence.refused"), t("certificates.consequence.forGood")];
  if (reason === "keyCompromise") consequences.push(t("certificates.consequence.blocked"));
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("certificates.ask.revoke", { name })}
      consequences={consequences}
      verb={t("certificates.act.revoke")}
      name={name}
      busy={revoke.isPending}
      error={revoke.failure}
      onConfirm={() => revoke.mutate(reason)}
    >
      <ReasonField of="certificate" value={reason} onChange={setReason} />
    </ConfirmByName>
  );
}
