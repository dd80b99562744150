import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input, Textarea } from "@/components/ui/field";
import type { IssueForm } from "./form";
import { IssuerFields } from "./issuer-fields";

/** Whom it is for, by whom, for how long. */
export function NameFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<IssueForm>();
  const { errors } = formState;
  const source = useWatch<IssueForm, "source">({ name: "source" });
  return (
    <>
      <Field
        label={t("issue.names")}
        optional={source === "csr" ? t("common.optional") : undefined}
        help={source === "csr" ? t("issue.namesOfCsr") : t("issue.namesHelp")}
        error={errors.sans?.message}
      >
        <Textarea
          rows={3}
          placeholder={"www.example.com\n10.0.0.7"}
          className="font-mono text-xs"
          {...register("sans")}
        />
      </Field>
      <IssuerFields />
      <Field
        label={t("issue.subject")}
        optional={t("common.optional")}
        help={t("issue.subjectHelp")}
        error={errors.subject?.message}
      >
        <Input placeholder="CN=www.example.com,O=Example" className="font-mono text-xs" {...register("subject")} />
      </Field>
    </>
  );
}
