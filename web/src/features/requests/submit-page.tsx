import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Controller, FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type ApiError, api, showFaults } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Select, Textarea } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { useCas } from "@/features/cas";
import { IssuerFields } from "@/features/certificates";
import { useProfiles } from "@/features/profiles";
import { requestBody, SUBMIT_FIELDS, SUBMIT_START, type SubmitForm } from "./submit-form";

const MAX_COMMENT = 2000;

/** Asks for a certificate: somebody may have to approve it, and the plan that is judged is told at once. */
export function SubmitRequestPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const form = useForm<SubmitForm>({ defaultValues: SUBMIT_START });
  const isReady = useDefaults(form.setValue);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const submit = useMutation(api.submitRequestMutation());
  const send = form.handleSubmit(async (values) => {
    setFailure(null);
    if (values.source === "csr" && values.csr.trim() === "")
      return form.setError("csr", { message: t("issue.csrMissing") });
    try {
      const made = await submit.mutateAsync({ body: requestBody(values) });
      await queryClient.invalidateQueries();
      toast(t("requests.submitted"));
      await navigate({ to: "/requests/$id", params: { id: made.id } });
    } catch (error) {
      setFailure(showFaults<SubmitForm>(error, form.setError, SUBMIT_FIELDS));
    }
  });
  return (
    <Page
      title={t("requests.submit")}
      purpose={t("requests.submitHelp")}
      crumbs={[{ label: t("requests.title"), to: "/requests" }]}
    >
      <FormProvider {...form}>
        <form onSubmit={send} noValidate className="flex max-w-xl flex-col gap-6">
          <KeyFields />
          <ForWhat />
          <ErrorNotice error={failure} />
          <div>
            <Button type="submit" variant="primary" busy={submit.isPending} disabled={!isReady}>
              {t("requests.submit")}
            </Button>
          </div>
        </form>
      </FormProvider>
    </Page>
  );
}

/** The first authority that issues to others, and the profile that most people want. */
function useDefaults(setValue: ReturnType<typeof useForm<SubmitForm>>["setValue"]): boolean {
  const cas = useCas().data?.items;
  const profiles = useProfiles().data?.items;
  useEffect(() => {
    const ca = cas?.find((one) => one.state === "active" && one.parent !== null) ?? cas?.[0];
    if (ca) setValue("ca", ca.id);
    const profile = profiles?.find((one) => one.name === "tls-server") ?? profiles?.[0];
    if (profile) setValue("profile", profile.name);
  }, [cas, profiles, setValue]);
  return cas !== undefined && profiles !== undefined;
}

function KeyFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<SubmitForm>();
  const source = useWatch<SubmitForm, "source">({ name: "source" });
  const profile = useWatch<SubmitForm, "profile">({ name: "profile" });
  const types = useProfiles().data?.items.find((one) => one.name === profile)?.key_types ?? [];
  return (
    <>
      <Field label={t("issue.source")}>
        <Select {...register("source")}>
          <option value="csr">{t("requests.sources.csr")}</option>
          <option value="here">{t("requests.sources.here")}</option>
        </Select>
      </Field>
      {source === "csr" ? (
        <Controller<SubmitForm, "csr">
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
          help={t("requests.sources.hereHelp")}
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
  const { register, formState } = useFormContext<SubmitForm>();
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
