import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Controller, FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { FileDrop } from "@/components/file-drop";
import { Page } from "@/components/page";
import { SecretFileCard } from "@/components/secret-file-card";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Select, Textarea } from "@/components/ui/field";
import { useIssuingCas } from "@/features/cas";
import { IssuerFields, useLacksRootConsent } from "@/features/certificates";
import { useProfiles } from "@/features/profiles";
import { useLeaveGuard } from "@/lib/leave-guard";
import { useSubmit } from "@/shared/submit";
import { type Submitted, useSubmitRequest } from "../mutations";
import { offeredTypes, SUBMIT_FIELDS, SUBMIT_START, type SubmitForm as SubmitFields } from "./form";

const MAX_COMMENT = 2000;

/** Submits a certificate request. A key of this browser is saved before the page is left. */
export function SubmitRequestPage() {
  const { t } = useTranslation();
  const [submitted, setSubmitted] = useState<Submitted>();
  return (
    <Page
      title={t(submitted ? "requests.submittedTitle" : "requests.submit")}
      purpose={t(submitted ? "requests.submittedHelp" : "requests.submitHelp")}
      crumbs={[{ label: t("requests.title"), to: "/requests" }]}
    >
      {submitted ? <SubmittedView {...submitted} /> : <SubmitForm onSubmitted={setSubmitted} />}
    </Page>
  );
}

function SubmitForm({ onSubmitted }: { onSubmitted: (submitted: Submitted) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const form = useForm<SubmitFields>({ defaultValues: SUBMIT_START });
  const isReady = useDefaults(form.setValue);
  const release = useLeaveGuard("draft", form.formState.isDirty);
  const change = useSubmitRequest((submitted) => {
    release();
    if (submitted.secret !== undefined) return onSubmitted(submitted);
    return navigate({ to: "/requests/$id", params: { id: submitted.request.id } });
  });
  const { submit, failure, isBusy } = useSubmit(form, {
    change,
    fields: SUBMIT_FIELDS,
    inputOf: (values) => {
      if (values.source !== "csr" || values.csr.trim() !== "") return values;
      form.setError("csr", { message: t("issue.csrMissing") });
    },
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="flex max-w-xl flex-col gap-6">
        <KeyFields />
        <ForWhat />
        <ErrorNotice error={failure} />
        <SubmitButton isReady={isReady} isBusy={isBusy} />
      </form>
    </FormProvider>
  );
}

function SubmitButton({ isReady, isBusy }: { isReady: boolean; isBusy: boolean }) {
  const { t } = useTranslation();
  const lacksConsent = useLacksRootConsent();
  return (
    <div>
      <Button type="submit" variant="primary" busy={isBusy} disabled={!isReady || lacksConsent}>
        {t("requests.submit")}
      </Button>
    </div>
  );
}

function SubmittedView({ request, secret }: Submitted) {
  const { t } = useTranslation();
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      {secret !== undefined && (
        <SecretFileCard id={secret}>
          <p className="mt-1 text-muted">{t("issue.combineLater")}</p>
        </SecretFileCard>
      )}
      <div>
        <Button asChild>
          <Link to="/requests/$id" params={{ id: request.id }}>
            {t("approvals.toRequest")}
          </Link>
        </Button>
      </div>
    </div>
  );
}

/** The first authority that issues to others, and the profile that most people want. */
function useDefaults(setValue: ReturnType<typeof useForm<SubmitFields>>["setValue"]): boolean {
  const { cas } = useIssuingCas();
  const profiles = useProfiles().data?.items;
  useEffect(() => {
    const ca = cas?.[0];
    if (ca) setValue("ca", ca.id);
    const profile = profiles?.find((one) => one.name === "tls-server") ?? profiles?.[0];
    if (profile) setValue("profile", profile.name);
  }, [cas, profiles, setValue]);
  return cas !== undefined && profiles !== undefined;
}

function KeyFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<SubmitFields>();
  const source = useWatch<SubmitFields, "source">({ name: "source" });
  const profile = useWatch<SubmitFields, "profile">({ name: "profile" });
  const allowed: readonly string[] | undefined = useProfiles().data?.items.find(
    (one) => one.name === profile,
  )?.key_types;
  const types = offeredTypes(source, allowed);
  return (
    <>
      <Field label={t("issue.source")}>
        <Select {...register("source")}>
          <option value="browser">{t("requests.sources.browser")}</option>
          <option value="csr">{t("requests.sources.csr")}</option>
          <option value="here">{t("requests.sources.here")}</option>
        </Select>
      </Field>
      {source === "csr" ? (
        <Controller<SubmitFields, "csr">
          name="csr"
          render={({ field, fieldState }) => (
            <Field label={t("issue.csr")} help={t("issue.csrHelp")} error={fieldState.error?.message}>
              <FileDrop value={field.value} onChange={field.onChange} />
            </Field>
          )}
        />
      ) : (
        <Field
          label={t("issue.keyType")}
          help={t(`requests.sources.${source}Help`)}
          error={formState.errors.key_type?.message}
        >
          <Select {...register("key_type")}>
            {types.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </Select>
        </Field>
      )}
    </>
  );
}

function ForWhat() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<SubmitFields>();
  const { errors } = formState;
  return (
    <>
      <Field label={t("issue.names")} help={t("issue.namesHelp")} error={errors.sans?.message}>
        <Textarea rows={3} className="font-mono text-xs" {...register("sans")} />
      </Field>
      <IssuerFields />
      <Field
        label={t("requests.comment")}
        optional={t("common.optional")}
        help={t("requests.submitComment")}
        error={errors.comment?.message}
      >
        <Textarea maxLength={MAX_COMMENT} {...register("comment")} />
      </Field>
    </>
  );
}
