import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type RevocationReason, toApiError } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { Field, Select } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { displayName } from "@/lib/names";
import { useRefreshCertificates } from "../queries";
import type { ActProps } from "./plain-acts";

const REASONS = [
  "unspecified",
  "superseded",
  "cessationOfOperation",
  "keyCompromise",
  "affiliationChanged",
  "privilegeWithdrawn",
] as const;

/** For good, with the reason that relying parties will read in the CRL. */
export function RevokeDialog({ certificate, onClose }: ActProps) {
  const { t } = useTranslation();
  const refresh = useRefreshCertificates();
  const [reason, setReason] = useState<RevocationReason>("superseded");
  const revoke = useMutation({
    ...api.revokeCertificateMutation(),
    onSuccess: async () => {
      await refresh();
      onClose();
      toast(t("certificates.done.revoke"));
    },
  });
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
      error={revoke.error ? toApiError(revoke.error) : null}
      onConfirm={() => revoke.mutate({ path: { certificate: certificate.id }, body: { reason } })}
    >
      <Field label={t("certificates.reason")} help={t("certificates.reasonHelp")}>
        <Select value={reason} onChange={(event) => setReason(event.target.value as RevocationReason)}>
          {REASONS.map((one) => (
            <option key={one} value={one}>
              {t(`reason.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
    </ConfirmByName>
  );
}
