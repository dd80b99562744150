import { Controller, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Ca, EnrollmentProtocol, Profile } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Field, Input, Select, Textarea, Tick } from "@/components/ui/field";
import { type CredentialForm, deviceLines, LIFETIMES, NAMES_NEEDED, ROLES } from "./form";

const EXAMPLE_PATTERN = "DNS:devices.example.com";
const EXAMPLE_DEVICES = "SN-1001, berlin.devices.example.com\nSN-1002, lisbon.devices.example.com";

interface FieldsProps {
  form: UseFormReturn<CredentialForm>;
  protocol: EnrollmentProtocol;
  cas: readonly Ca[];
  profiles: readonly Profile[];
}

export function Fields(props: FieldsProps) {
  const { form, protocol } = props;
  const { t } = useTranslation();
  const { errors } = form.formState;
  const nameError = errors.name?.type === "too_small" ? t("cas.field.nameMissing") : errors.name?.message;
  return (
    <>
      <Field label={t("common.name")} help={t("enrollment.nameHelp")} error={nameError}>
        <Input {...form.register("name")} />
      </Field>
      <Limits {...props} />
      <Field
        label={t("enrollment.names")}
        optional={t("common.optional")}
        help={t("enrollment.namesHelp")}
        error={errors.names?.message === NAMES_NEEDED ? t("enrollment.namesNeeded") : errors.names?.message}
      >
        <Textarea {...form.register("names")} placeholder={EXAMPLE_PATTERN} />
      </Field>
      {protocol === "acme" ? <AcmeSwitches form={form} /> : <Devices {...props} />}
      {protocol === "est" && (
        <div className="flex flex-col gap-1">
          <Tick label={t("enrollment.serverKeys")} {...form.register("serverKeys")} />
          <p className="text-xs text-muted">{t("enrollment.serverKeysHelp")}</p>
        </div>
      )}
      {protocol === "scep" && <LegacySwitch form={form} />}
      {protocol === "scep" && <Reference form={form} name="validator" />}
      {protocol === "cmp" && <Reference form={form} name="ra_certificate" />}
    </>
  );
}

/** What vouches for the devices instead of a secret of the credential: a service, or a registration authority. */
function Reference({ form, name }: Pick<FieldsProps, "form"> & { name: "validator" | "ra_certificate" }) {
  const { t } = useTranslation();
  return (
    <Field
      label={t(`enrollment.reference.${name}`)}
      optional={t("common.optional")}
      help={t(`enrollment.referenceHelp.${name}`)}
      error={form.formState.errors[name]?.message}
    >
      <Input {...form.register(name)} autoComplete="off" />
    </Field>
  );
}

function LegacySwitch({ form }: Pick<FieldsProps, "form">) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-1">
      <Tick label={t("enrollment.legacy")} {...form.register("legacyAlgorithms")} />
      <p className="text-xs text-muted">{t("enrollment.legacyHelp")}</p>
      {form.watch("legacyAlgorithms") && (
        <p role="alert" className="text-sm font-medium text-danger">
          {t("enrollment.legacyWarning")}
        </p>
      )}
    </div>
  );
}

/** Open registration and pre-authorization exclude each other. */
function AcmeSwitches({ form }: Pick<FieldsProps, "form">) {
  const { t } = useTranslation();
  const [open, preAuthorized] = form.watch(["open", "preAuthorized"]);
  return (
    <>
      {!preAuthorized && (
        <div className="flex flex-col gap-1">
          <Tick label={t("enrollment.open")} {...form.register("open")} />
          <p className="text-xs text-muted">{t("enrollment.openHelp")}</p>
        </div>
      )}
      {!open && (
        <div className="flex flex-col gap-1">
          <Tick label={t("enrollment.preAuthorized")} {...form.register("preAuthorized")} />
          <p className="text-xs text-muted">{t("enrollment.preAuthorizedHelp")}</p>
          {preAuthorized && (
            <p role="alert" className="text-sm font-medium text-danger">
              {t("enrollment.preAuthorizedWarning")}
            </p>
          )}
        </div>
      )}
    </>
  );
}

function Limits({ form, cas, profiles }: FieldsProps) {
  const { t } = useTranslation();
  const { errors } = form.formState;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t("certificates.column.ca")} error={errors.ca?.message}>
        <Select {...form.register("ca")}>
          {cas.map((ca) => (
            <option key={ca.id}>{ca.name}</option>
          ))}
        </Select>
      </Field>
      <Field label={t("certificates.column.profile")} error={errors.profile?.message}>
        <Select {...form.register("profile")}>
          {profiles.map((profile) => (
            <option key={profile.name}>{profile.name}</option>
          ))}
        </Select>
      </Field>
      <Field label={t("enrollment.issuance")} error={errors.role?.message}>
        <Select {...form.register("role")}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`enrollment.by.${role}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t("issue.validity")} help={t("enrollment.expiresHelp")} error={errors.expires?.message}>
        <Select {...form.register("expires")}>
          {LIFETIMES.map((one) => (
            <option key={one} value={one}>
              {t(`enrollment.lifetimes.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}

function Devices({ form, protocol }: FieldsProps) {
  const { t } = useTranslation();
  const { errors } = form.formState;
  const count = deviceLines(form.watch("devices")).length;
  const help = t(protocol === "scep" ? "enrollment.devicesHelpScep" : "enrollment.devicesHelp");
  return (
    <Controller
      control={form.control}
      name="devices"
      render={({ field }) => (
        <Field
          label={count > 0 ? t("enrollment.devicesCount", { count }) : t("enrollment.devices")}
          optional={t("common.optional")}
          help={help}
          error={errors.devices?.message}
        >
          <FileDrop isText rows={4} value={field.value} onChange={field.onChange} placeholder={EXAMPLE_DEVICES} />
        </Field>
      )}
    />
  );
}
