import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input } from "@/components/ui/field";
import { useProfiles } from "@/features/profiles";

export interface RequestFieldsForm {
  profile: string;
  /** Values of the request fields that the profile declares, by name. */
  fields: Record<string, string>;
}

/** An input for each request field of the chosen profile. Values of another profile's fields are dropped. */
export function RequestFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<RequestFieldsForm>();
  const chosen = useWatch<RequestFieldsForm, "profile">({ name: "profile" });
  const profile = useProfiles().data?.items.find((one) => one.name === chosen);
  return profile?.extensions?.map(({ field, oid, type }) => {
    if (!field) return null;
    const limits = { type, oid, maximum: field.maximum };
    const pattern = field.pattern === "*" ? "" : ` ${t("issue.fieldPattern", { pattern: field.pattern })}`;
    return (
      <Field
        key={field.name}
        label={field.name}
        optional={field.required ? undefined : t("common.optional")}
        help={`${t("issue.fieldHelp", limits)}${pattern}`}
        error={formState.errors.fields?.[field.name]?.message}
      >
        <Input className="font-mono text-xs" {...register(`fields.${field.name}`, { shouldUnregister: true })} />
      </Field>
    );
  });
}

/** The part of a request body with the values that the user entered. Without any, those in the CSR count. */
export function fieldsPart(fields: Record<string, string>): { fields?: Record<string, string> } {
  const entered = Object.entries(fields).filter(([, value]) => value.trim() !== "");
  return entered.length > 0 ? { fields: Object.fromEntries(entered.map(([name, value]) => [name, value.trim()])) } : {};
}
