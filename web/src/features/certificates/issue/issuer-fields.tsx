import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Select, Tick } from "@/components/ui/field";
import { useIssuingCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { RequestFields, type RequestFieldsForm } from "./request-fields";
import { PeriodText, useLifetimes, usePlannedPeriod } from "./validity-field";

interface IssuerForm extends RequestFieldsForm {
  ca: string;
  validity: string;
  /** Consent to issue from a root CA, where there is no other. */
  fromRoot: boolean;
}

/** Whether the form lacks the consent that issuing from a root CA needs. */
export function useLacksRootConsent(): boolean {
  const { isRootOnly } = useIssuingCas();
  return !useWatch<IssuerForm, "fromRoot">({ name: "fromRoot" }) && isRootOnly;
}

/** By whom it is to be issued, as what, and for how long. */
export function IssuerFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<IssuerForm>();
  const { errors } = formState;
  const chosen = useWatch<IssuerForm, "profile">({ name: "profile" });
  const validity = useWatch<IssuerForm, "validity">({ name: "validity" });
  const ca = useWatch<IssuerForm, "ca">({ name: "ca" });
  const { cas = [], isRootOnly } = useIssuingCas();
  const period = usePlannedPeriod(ca, chosen, validity);
  const lifetimes = useLifetimes(chosen);
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity" && one.state === "active") ?? [];
  const description = profiles.find((one) => one.name === chosen)?.description;
  return (
    <>
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
      {isRootOnly && <RootConsent />}
      <Field
        label={t("issue.validity")}
        help={period && <PeriodText period={period} />}
        error={errors.validity?.message}
      >
        <Select {...register("validity")}>
          {lifetimes.map(({ value }) => (
            <option key={value} value={value}>
              {t(`issue.lifetimes.${value || "profile"}` as "issue.lifetimes.profile")}
            </option>
          ))}
        </Select>
      </Field>
      <RequestFields />
    </>
  );
}

/** A root CA signs CAs only: issuing anything else with its key takes a deliberate decision. */
function RootConsent() {
  const { t } = useTranslation();
  const { register } = useFormContext<IssuerForm>();
  return (
    <div className="rounded-md border border-warning bg-warning-bg px-3 py-2 text-sm">
      <p className="mb-2 text-warning">{t("issue.root.warning")}</p>
      <Tick label={t("issue.root.accept")} {...register("fromRoot")} />
    </div>
  );
}
