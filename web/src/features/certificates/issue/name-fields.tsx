import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input, Select, Textarea } from "@/components/ui/field";
import { useCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { type IssueForm, LIFETIMES } from "./form";

/** Whom it is for, by whom, for how long. */
export function NameFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<IssueForm>();
  const { errors } = formState;
  const source = useWatch<IssueForm, "source">({ name: "source" });
  const chosen = useWatch<IssueForm, "profile">({ name: "profile" });
  const cas = useCas().data?.items.filter((ca) => ca.state === "active") ?? [];
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity" && one.state === "active") ?? [];
  const description = profiles.find((one) => one.name === chosen)?.description;
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
      <div className="grid gap-6 sm:grid-cols-2">
        <Field label={t("certificates.column.ca")} error={errors.ca?.message}>
          <Select {...register("ca")}>
            {cas.map((ca) => (
              <option key={ca.id} value={ca.id}>
                {ca.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("certificates.column.profile")} help={description} error={errors.profile?.message}>
          <Select {...register("profile")}>
            {profiles.map((profile) => (
              <option key={profile.name}>{profile.name}</option>
            ))}
          </Select>
        </Field>
      </div>
      <Field label={t("issue.validity")} error={errors.validity?.message}>
        <Select {...register("validity")}>
          {LIFETIMES.map((one) => (
            <option key={one} value={one}>
              {t(`issue.lifetimes.${one || "profile"}` as "issue.lifetimes.profile")}
            </option>
          ))}
        </Select>
      </Field>
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
