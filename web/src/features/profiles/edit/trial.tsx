import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ProfileDefinition, rest, toApiError } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { useDebounced } from "@/lib/use-debounced";
import { IssuancePreview } from "@/shared/preview";

const PAUSE = 500;

/** What the definition, as it stands in the editor, would make of somebody's request. */
export function Trial({ definition }: { definition: ProfileDefinition | undefined }) {
  const { t } = useTranslation();
  const [csr, setCsr] = useState("");
  const asked = useDebounced({ definition, csr: csr.trim() }, PAUSE);
  const isAsked = asked.definition !== undefined && asked.csr !== "";
  const trial = useQuery({
    queryKey: ["profile-trial", asked],
    queryFn: async ({ signal }) => {
      const body = { definition: asked.definition as ProfileDefinition, csr: asked.csr };
      return (await rest.previewProfile({ body, signal })).data;
    },
    enabled: isAsked,
    placeholderData: (before) => before,
    retry: false,
  });
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
