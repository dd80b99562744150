import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Controller, FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type ApiError, type CertificateRequest, rest, showFaults, useRefresh } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Page } from "@/components/page";
import { SecretFileCard } from "@/components/secret-file-card";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Select, Textarea } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { useIssuingCas } from "@/features/cas";
import { IssuerFields, keyFileName, useKeptKey, useLacksRootConsent } from "@/features/certificates";
import { useProfiles } from "@/features/profiles";
import { isBrowserKey } from "@/lib/browser-key";
import { useLeaveGuard } from "@/lib/leave-guard";
import { displayName } from "@/lib/names";
import { parseSans } from "@/lib/sans";
import { renameSecretFile } from "@/lib/secret-files";
import { offeredTypes, requestBody, SUBMIT_FIELDS, SUBMIT_START, type SubmitForm as SubmitFields } from "./form";

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
      {submitted ? <SubmittedView submitted={submitted} /> : <SubmitForm onSubmitted={setSubmitted} />}
    </Page>
  );
}

interface Submitted {
  request: CertificateRequest;
  secret: number;
}

function SubmitForm({ onSubmitted }: { onSubmitted: (submitted: Submitted) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const form = useForm<SubmitFields>({ defaultValues: SUBMIT_START });
  const isReady = useDefaults(form.setValue);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const submit = useSubmit();
  const release = useLeaveGuard("draft", form.formState.isDirty);
  const send = form.handleSubmit(async (values) => {
    setFailure(null);
    if (values.source === "csr" && values.csr.trim() === "")
      return form.setError("csr", { message: t("issue.csrMissing") });
    try {
      const { result, secret } = await submit.mutateAsync(values);
      release();
      toast(t("requests.submitted"));
      if (secret !== undefined) onSubmitted({ request: result, secret });
      else await navigate({ to: "/requests/$id", params: { id: result.id } });
    } catch (error) {
      setFailure(showFaults<SubmitFields>(error, form.setError, SUBMIT_FIELDS));
    }
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={send} noValidate className="flex max-w-xl flex-col gap-6">
        <KeyFields />
        <ForWhat />
        <ErrorNotice error={failure} />
        <SubmitButton isReady={isReady} isBusy={submit.isPending} />
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

/** Submits the request, with a key of this browser where the form says so; the key's file has the request's ID. */
function useSubmit() {
  const refresh = useRefresh("request");
  const sendWithKey = useKeptKey();
  return useMutation({
    mutationFn: async (values: SubmitFields) => {
      const { source, key_type } = values;
      const type = source === "browser" && isBrowserKey(key_type) ? key_type : undefined;
      const name = displayName({ subject: "", sans: parseSans(values.sans) });
      const kept = await sendWithKey(type, name, async (csr) => {
        return (await rest.submitRequest({ body: requestBody(values, csr) })).data;
      });
      if (kept.secret !== undefined) renameSecretFile(kept.secret, keyFileName(name, kept.result.id));
      return kept;
    },
    onSuccess: () => refresh(),
  });
}

function SubmittedView({ submitted: { request, secret } }: { submitted: Submitted }) {
  const { t } = useTranslation();
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      <SecretFileCard id={secret}>
        <p className="mt-1 text-muted">{t("issue.combineLater")}</p>
      </SecretFileCard>
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
