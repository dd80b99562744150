import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Credential, toApiError, useRefresh } from "@/api";
import { ConfirmByName } from "@/components/confirm-by-name";

export function RevokeCredential({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const { t } = useTranslation();
  const refresh = useRefresh("token");
  const revoke = useMutation({
    ...api.revokeCredentialMutation(),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <ConfirmByName
      open
      onOpenChange={onClose}
      title={t("certificates.ask.revoke", { name: credential.name })}
      consequences={[t("enrollment.revokeEffect"), t("enrollment.revokeKeeps")]}
      verb={t("enrollment.revoke")}
      busy={revoke.isPending}
      error={revoke.error ? toApiError(revoke.error) : null}
      onConfirm={() => revoke.mutate({ path: { credential: credential.id } })}
    />
  );
}
