import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ProfileDefinition, toApiError } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { IssuancePreview } from "@/shared/preview";
import { useTrial } from "../queries";

/** Tests the definition in the editor with a request. */
export function Trial({ definition }: { definition: ProfileDefinition | undefined }) {
  const { t } = useTranslation();
  const [csr, setCsr] = useState("");
  const { isAsked, trial } = useTrial(definition, csr);
  return (
    <Section title={t("profiles.trial")}>
      <Field label={t("issue.csr")} help={t("profiles.trialHelp")}>
        <FileDrop rows={4} value={csr} onChange={setCsr} />
      </Field>
      <div aria-live="polite" className="mt-4">
        {isAsked && trial.isError && <ErrorNotice error={toApiError(trial.error)} />}
        {isAsked && (trial.isPending || trial.isPlaceholderData) && <Skeleton className="h-40" />}
        {isAsked && trial.isSuccess && !trial.isPlaceholderData && <IssuancePreview preview={trial.data} />}
      </div>
    </Section>
  );
}
