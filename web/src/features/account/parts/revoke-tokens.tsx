import { type ComponentProps, useId } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox } from "@/components/ui/field";

/** Whether the user's API tokens and EAB keys are revoked too. */
export function RevokeTokens(props: ComponentProps<typeof Checkbox>) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="flex items-start gap-2.5 text-sm">
      <Checkbox id={id} className="mt-0.5" {...props} />
      <label htmlFor={id}>
        <span className="font-medium">{t("account.revokeTokens")}</span>
        <span className="block text-xs text-muted">{t("account.revokeTokensHelp")}</span>
      </label>
    </div>
  );
}
