import { useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Select } from "@/components/ui/field";
import { useCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";

interface IssuerForm {
  ca: string;
  profile: string;
  validity: string;
}

/** Lifetimes that people choose; "" is the profile's own. */
export const LIFETIMES = ["", "P7D", "P30D", "P90D", "P180D", "P1Y"] as const;

/** By whom it is to be issued, as what, and for how long. */
export function IssuerFields() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<IssuerForm>();
  const { errors } = formState;
  const chosen = useWatch<IssuerForm, "profile">({ name: "profile" });
  const cas = useCas().data?.items.filter((ca) => ca.state === "active") ?? [];
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
      <Field label={t("issue.validity")} error={errors.validity?.message}>
        <Select {...register("validity")}>
          {LIFETIMES.map((one) => (
            <option key={one} value={one}>
              {t(`issue.lifetimes.${one || "profile"}` as "issue.lifetimes.profile")}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}
