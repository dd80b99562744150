import { useTranslation } from "react-i18next";
import type { Credential } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";
import { useRevokeCredential } from "../mutations";

export function RevokeCredential({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const { t } = useTranslation();
  const revoke = useRevokeCredential(credential, onClose);
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("certificates.ask.revoke", { name: credential.name })}
      consequences={[t("enrollment.revokeEffect"), t("enrollment.revokeKeeps")]}
      verb={t("enrollment.revoke")}
      busy={revoke.isPending}
      error={revoke.failure}
      onConfirm={() => revoke.mutate()}
    />
  );
}
