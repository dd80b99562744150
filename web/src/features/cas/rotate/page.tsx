import { FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input, Select } from "@/components/ui/field";
import { useLeaveGuard } from "@/lib/leave-guard";
import { useSubmit } from "@/shared/submit";
import { CA_KEY_TYPES } from "../create/form";
import { useRotateCa } from "../mutations";
import { CaFrame } from "../parts/ca-frame";
import { useBackends } from "../queries";
import { ROTATION_FIELDS, ROTATION_START, type RotationForm, rotationBody, switchFault } from "./form";
import { RotationPreview } from "./preview";

/** The next key of a CA: its type, its activation time, and the certificates that chain to the present key. */
export function RotateCaPage({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <CaFrame id={id} unnamed={t("cas.rotate.act")}>
      {(ca, crumbs) => (
        <Page title={t("cas.rotate.title", { name: ca.name })} purpose={t("cas.rotate.purpose")} crumbs={crumbs}>
          <RotateForm ca={ca} />
        </Page>
      )}
    </CaFrame>
  );
}

function RotateForm({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const form = useForm<RotationForm>({ defaultValues: ROTATION_START });
  useLeaveGuard("draft", form.formState.isDirty);
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useRotateCa(ca),
    fields: ROTATION_FIELDS,
    inputOf: (values) => {
      const fault = switchFault(values, new Date());
      if (fault === undefined) return rotationBody(values);
      form.setError("switch_at", { message: t(`cas.rotate.${fault}`) });
    },
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_400px]">
        <div className="flex max-w-xl min-w-0 flex-col gap-6">
          <KeyFields ca={ca} />
          <WhenFields />
          {ca.parent === null && <CrossField />}
          <ErrorNotice error={failure} />
          <div>
            <Button type="submit" variant="primary" busy={isBusy}>
              {t("cas.rotate.act")}
            </Button>
          </div>
        </div>
        <RotationPreview ca={ca} />
      </form>
    </FormProvider>
  );
}

function KeyFields({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<RotationForm>();
  const backends = useBackends().data?.items ?? [];
  const { errors } = formState;
  return (
    <div className="grid gap-6 sm:grid-cols-2">
      <Field label={t("issue.keyType")} help={t("cas.rotate.keyHelp")} error={errors.key_type?.message}>
        <Select {...register("key_type")}>
          <option value="">{t("cas.rotate.asNow", { now: ca.key_type })}</option>
          {CA_KEY_TYPES.filter((type) => type !== ca.key_type).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </Select>
      </Field>
      <Field label={t("cas.field.backend")} help={t("cas.rotate.backendHelp")} error={errors.backend?.message}>
        <Select {...register("backend")}>
          <option value="">{t("cas.rotate.asNow", { now: ca.backend })}</option>
          {backends
            .filter((one) => one.name !== ca.backend)
            .map((one) => (
              <option key={one.name} disabled={one.state !== "available"}>
                {one.name}
              </option>
            ))}
        </Select>
      </Field>
    </div>
  );
}

function WhenFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<RotationForm>();
  const when = useWatch<RotationForm, "when">({ name: "when" });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t("cas.rotate.when")}</legend>
      <When value="later" />
      {when === "later" && (
        <Field
          className="ml-6"
          label={t("cas.rotate.at")}
          help={t("cas.rotate.atHelp")}
          error={formState.errors.switch_at?.message}
        >
          <Input type="datetime-local" className="w-60" {...register("switch_at")} />
        </Field>
      )}
      <When value="now" />
    </fieldset>
  );
}

function When({ value }: { value: RotationForm["when"] }) {
  const { t } = useTranslation();
  const { register } = useFormContext<RotationForm>();
  return (
    <label className="flex items-start gap-2.5 text-sm">
      <input type="radio" value={value} className="mt-1 accent-accent" {...register("when")} />
      <span>
        {t(`cas.rotate.${value}`)}
        <span className="block text-xs text-muted">{t(`cas.rotate.${value}Help`)}</span>
      </span>
    </label>
  );
}

function CrossField() {
  const { t } = useTranslation();
  const { register, formState, watch } = useFormContext<RotationForm>();
  return (
    <div className="flex items-start gap-2.5 text-sm">
      <Checkbox id="cross" className="mt-0.5" {...register("cross_certify")} />
      <label htmlFor="cross">
        <span className="font-medium">{t("cas.rotate.cross")}</span>
        <span className="block text-xs text-muted">
          {formState.errors.cross_certify?.message ?? t("cas.rotate.crossHelp")}
        </span>
        {!watch("cross_certify") && (
          <span className="mt-1 block text-xs text-warning">{t("cas.rotate.crossMissing")}</span>
        )}
      </label>
    </div>
  );
}
