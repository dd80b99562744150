import { Controller, FormProvider, useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Ca, CrossSignBody } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Page } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input, Select, Textarea } from "@/components/ui/field";
import { useLeaveGuard } from "@/lib/leave-guard";
import { parseSans } from "@/lib/sans";
import { useSubmit } from "@/shared/submit";
import { CA_LIFETIMES } from "../create/form";
import { useCrossSign } from "../mutations";
import { CaFrame } from "../parts/ca-frame";
import { useCas } from "../queries";

interface CrossForm {
  subject_ca: string;
  csr: string;
  path_length: string;
  permitted: string;
  validity: string;
}

const DEPTH = /^\d{0,2}$/;
const FIELDS = ["subject_ca", "csr", "path_length", "validity"] as const;
const START: CrossForm = { subject_ca: "", csr: "", path_length: "", permitted: "", validity: "" };

/** Certifies another CA, so that relying parties of this one trust the other one too. */
export function CrossSignPage({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <CaFrame id={id} unnamed={t("cas.cross.act")}>
      {(ca, crumbs) => (
        <Page title={t("cas.cross.title", { name: ca.name })} purpose={t("cas.cross.purpose")} crumbs={crumbs}>
          <CrossSignForm ca={ca} />
        </Page>
      )}
    </CaFrame>
  );
}

function CrossSignForm({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const form = useForm<CrossForm>({ defaultValues: START });
  useLeaveGuard("draft", form.formState.isDirty);
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useCrossSign(ca),
    fields: FIELDS,
    inputOf: (values) => {
      if (!values.subject_ca && !values.csr.trim()) form.setError("csr", { message: t("cas.cross.whoMissing") });
      else if (DEPTH.test(values.path_length)) return bodyOf(values);
      else form.setError("path_length", { message: t("cas.field.depthForm") });
    },
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="flex max-w-xl flex-col gap-6">
        <Whom ca={ca} />
        <Limits />
        <ErrorNotice error={failure} />
        <div>
          <Button type="submit" variant="primary" busy={isBusy}>
            {t("cas.cross.act")}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

function Whom({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const others = useCas().data?.items.filter((one) => one.id !== ca.id && one.state === "active") ?? [];
  const chosen = useWatch<CrossForm, "subject_ca">({ name: "subject_ca" });
  return (
    <>
      <Controller<CrossForm, "subject_ca">
        name="subject_ca"
        render={({ field, fieldState }) => (
          <Field label={t("cas.cross.who")} help={t("cas.cross.whoHelp")} error={fieldState.error?.message}>
            <Select {...field}>
              <option value="">{t("cas.cross.foreign")}</option>
              {others.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          </Field>
        )}
      />
      {chosen === "" && (
        <Controller<CrossForm, "csr">
          name="csr"
          render={({ field, fieldState }) => (
            <Field label={t("cas.cross.csr")} help={t("cas.cross.csrHelp")} error={fieldState.error?.message}>
              <FileDrop value={field.value} onChange={field.onChange} />
            </Field>
          )}
        />
      )}
    </>
  );
}

function Limits() {
  const { t } = useTranslation();
  const optional = t("common.optional");
  return (
    <>
      <Controller<CrossForm, "validity">
        name="validity"
        render={({ field, fieldState }) => (
          <Field label={t("issue.validity")} help={t("cas.cross.validityHelp")} error={fieldState.error?.message}>
            <Select {...field}>
              <option value="">{t("requests.validityUsual")}</option>
              {CA_LIFETIMES.map((one) => (
                <option key={one} value={one}>
                  {t("cas.field.years", { count: Number.parseInt(one.slice(1), 10) })}
                </option>
              ))}
            </Select>
          </Field>
        )}
      />
      <Controller<CrossForm, "path_length">
        name="path_length"
        render={({ field, fieldState }) => (
          <Field
            label={t("cas.fact.depth")}
            optional={optional}
            help={t("cas.field.depthHelp")}
            error={fieldState.error?.message}
          >
            <Input inputMode="numeric" className="w-24" {...field} />
          </Field>
        )}
      />
      <Controller<CrossForm, "permitted">
        name="permitted"
        render={({ field, fieldState }) => (
          <Field
            label={t("cas.fact.permitted")}
            optional={optional}
            help={t("cas.cross.permittedHelp")}
            error={fieldState.error?.message}
          >
            <Textarea rows={2} className="min-h-0 font-mono text-xs" {...field} />
          </Field>
        )}
      />
    </>
  );
}

function bodyOf(form: CrossForm): CrossSignBody {
  const permitted = parseSans(form.permitted);
  return {
    ...(form.subject_ca ? { subject_ca: form.subject_ca } : { csr: form.csr }),
    ...(form.path_length && { path_length: Number(form.path_length) }),
    ...(permitted.length > 0 && { name_constraints: { permitted } }),
    ...(form.validity && { validity: form.validity }),
  };
}
