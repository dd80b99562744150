import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input, Select, Textarea } from "@/components/ui/field";
import { useBackends, useCas } from "../queries";
import { CA_KEY_TYPES, CA_LIFETIMES, type CaForm, OUTSIDE } from "./form";

/** The questions, each with what is usually right. */
export function CaFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<CaForm>();
  const { errors } = formState;
  const parent = useWatch<CaForm, "parent">({ name: "parent" });
  const parents = useCas().data?.items.filter((ca) => ca.state === "active" && ca.path_length !== 0) ?? [];
  return (
    <>
      <Field
        label={t("cas.field.name")}
        help={t("cas.field.nameHelp")}
        error={errors.name && (errors.name.type === "too_small" ? t("cas.field.nameMissing") : errors.name.message)}
      >
        <Input {...register("name")} />
      </Field>
      <Field label={t("cas.field.organisation")} optional={t("common.optional")} error={errors.organisation?.message}>
        <Input {...register("organisation")} />
      </Field>
      <Field label={t("cas.field.parent")} help={t("cas.field.parentHelp")} error={errors.parent?.message}>
        <Select {...register("parent")}>
          <option value="">{t("cas.field.root")}</option>
          {parents.map((ca) => (
            <option key={ca.id} value={ca.id}>
              {ca.name}
            </option>
          ))}
          <option value={OUTSIDE}>{t("cas.field.outside")}</option>
        </Select>
      </Field>
      <KeyChoice />
      {parent !== OUTSIDE && (
        <Field label={t("issue.validity")} help={t("cas.field.validityHelp")} error={errors.validity?.message}>
          <Select {...register("validity")}>
            {CA_LIFETIMES.map((one) => (
              <option key={one} value={one}>
                {t("cas.field.years", { count: Number.parseInt(one.slice(1), 10) })}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <Limits />
    </>
  );
}

/** What the CA can certify, and under which policies. */
function Limits() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<CaForm>();
  const { errors } = formState;
  const parent = useWatch<CaForm, "parent">({ name: "parent" });
  return (
    <>
      <Field
        label={t("cas.fact.depth")}
        optional={t("common.optional")}
        help={t("cas.field.depthHelp")}
        error={
          errors.path_length &&
          (errors.path_length.type === "invalid_format" ? t("cas.field.depthForm") : errors.path_length.message)
        }
      >
        <Input inputMode="numeric" className="w-24" {...register("path_length")} />
      </Field>
      <Field
        label={t("cas.fact.permitted")}
        optional={t("common.optional")}
        help={t("cas.field.permittedHelp")}
        error={errors.permitted?.message}
      >
        <Textarea
          rows={2}
          placeholder={"example.com\nIP:10.0.0.0/8"}
          className="font-mono text-xs"
          {...register("permitted")}
        />
      </Field>
      {parent !== "" && (
        <Field
          label={t("cas.fact.policies")}
          optional={t("common.optional")}
          help={t("cas.field.policiesHelp")}
          error={
            errors.policies &&
            (errors.policies.type === "custom" ? t("cas.field.policiesForm") : errors.policies.message)
          }
        >
          <Textarea
            rows={2}
            placeholder={"1.3.6.1.4.1.32473.1\n1.3.6.1.4.1.32473.2 https://example.com/cps"}
            className="font-mono text-xs"
            {...register("policies")}
          />
        </Field>
      )}
    </>
  );
}

function KeyChoice() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<CaForm>();
  const backends = useBackends().data?.items ?? [];
  const chosen = useWatch<CaForm, "backend">({ name: "backend" });
  const backend = backends.find((one) => one.name === chosen) ?? backends[0];
  const types = backend ? CA_KEY_TYPES.filter((type) => backend.key_types.includes(type)) : CA_KEY_TYPES;
  const { errors } = formState;
  return (
    <div className="grid gap-6 sm:grid-cols-2">
      <Field label={t("issue.keyType")} help={t("cas.field.keyHelp")} error={errors.key_type?.message}>
        <Select {...register("key_type")}>
          {types.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </Select>
      </Field>
      <Field
        label={t("cas.field.backend")}
        help={backend?.reason ?? t("cas.field.backendHelp")}
        error={errors.backend?.message}
      >
        <Select {...register("backend")}>
          <option value="">{t("cas.field.defaultBackend")}</option>
          {backends.map((one) => (
            <option key={one.name} disabled={one.state !== "available"}>
              {one.name}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
