import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/page";
import { Field, Input, Select } from "@/components/ui/field";
import { useBackends } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import type { KeyPlace, Missing, Values } from "./gather";

const PLACES = ["file", "backend", "none"] as const satisfies readonly KeyPlace[];

interface FieldsProps {
  values: Values;
  onChange: (change: Partial<Values>) => void;
  missing: readonly Missing[];
}

export function CaFields({ values, onChange, missing }: FieldsProps) {
  const { t } = useTranslation();
  const optional = t("common.optional");
  return (
    <Section title={t("caImport.ca")}>
      <div className="flex flex-col gap-5">
        <Field
          label={t("cas.field.name")}
          help={t("caImport.nameHelp")}
          error={missing.includes("name") ? t("cas.field.nameMissing") : undefined}
        >
          <Input value={values.name} onChange={(event) => onChange({ name: event.target.value })} />
        </Field>
        <Field
          label={t("caImport.certificate")}
          help={t("caImport.certificateHelp")}
          error={missing.includes("certificate") ? t("caImport.fileMissing") : undefined}
        >
          <Files onFiles={(certificate) => onChange({ certificate })} />
        </Field>
        <Field label={t("caImport.chain")} optional={optional} help={t("caImport.chainHelp")}>
          <Files multiple onFiles={(chain) => onChange({ chain })} />
        </Field>
      </div>
    </Section>
  );
}

export function KeyFields({ values, onChange, missing }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <Section title={t("caImport.key")}>
      <div className="flex flex-col gap-5">
        <Field label={t("caImport.place")} help={t(`caImport.placeHelp.${values.keyPlace}`)}>
          <Select
            value={values.keyPlace}
            onChange={(event) =>
              onChange({ keyPlace: event.target.value as KeyPlace, keyFile: [], passphrase: "", backendKeyId: "" })
            }
          >
            {PLACES.map((place) => (
              <option key={place} value={place}>
                {t(`caImport.places.${place}`)}
              </option>
            ))}
          </Select>
        </Field>
        {values.keyPlace === "file" && <KeyFile values={values} onChange={onChange} missing={missing} />}
        {values.keyPlace === "backend" && <KeyInBackend values={values} onChange={onChange} missing={missing} />}
      </div>
    </Section>
  );
}

function KeyFile({ values, onChange, missing }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Field
        label={t("caImport.keyFile")}
        help={t("caImport.keyFileHelp")}
        error={missing.includes("keyFile") ? t("caImport.fileMissing") : undefined}
      >
        <Files onFiles={(keyFile) => onChange({ keyFile })} />
      </Field>
      <Field label={t("caImport.passphrase")} optional={t("common.optional")} help={t("caImport.passphraseHelp")}>
        <Input
          type="password"
          autoComplete="new-password"
          value={values.passphrase}
          onChange={(event) => onChange({ passphrase: event.target.value })}
        />
      </Field>
    </>
  );
}

function KeyInBackend({ values, onChange, missing }: FieldsProps) {
  const { t } = useTranslation();
  const backends = useBackends().data?.items ?? [];
  return (
    <>
      <Field label={t("cas.field.backend")}>
        <Select value={values.backend} onChange={(event) => onChange({ backend: event.target.value })}>
          <option value="">{t("cas.field.defaultBackend")}</option>
          {backends.map((one) => (
            <option key={one.name} disabled={one.state !== "available"}>
              {one.name}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        label={t("caImport.backendKey")}
        help={t("caImport.backendKeyHelp")}
        error={missing.includes("backendKeyId") ? t("caImport.backendKeyMissing") : undefined}
      >
        <Input
          className="font-mono"
          value={values.backendKeyId}
          onChange={(event) => onChange({ backendKeyId: event.target.value })}
        />
      </Field>
    </>
  );
}

export function HistoryFields({ values, onChange }: Omit<FieldsProps, "missing">) {
  const { t } = useTranslation();
  const optional = t("common.optional");
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity") ?? [];
  return (
    <Section title={t("caImport.history")}>
      <div className="flex flex-col gap-5">
        <Field label={t("caImport.crl")} optional={optional} help={t("caImport.crlHelp")}>
          <Files onFiles={(crl) => onChange({ crl })} />
        </Field>
        <Field label={t("caImport.index")} optional={optional} help={t("caImport.indexHelp")}>
          <Files onFiles={(index) => onChange({ index })} />
        </Field>
        <Field label={t("caImport.certificates")} optional={optional} help={t("caImport.certificatesHelp")}>
          <Files multiple onFiles={(certificates) => onChange({ certificates })} />
        </Field>
        <Field label={t("caImport.profile")} help={t("caImport.profileHelp")}>
          <Select value={values.profile} onChange={(event) => onChange({ profile: event.target.value })}>
            <option value="">{t("caImport.noProfile")}</option>
            {profiles.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </Select>
        </Field>
      </div>
    </Section>
  );
}

type FilesProps = Omit<ComponentProps<"input">, "type" | "onChange" | "value"> & { onFiles: (files: File[]) => void };

function Files({ onFiles, ...rest }: FilesProps) {
  return (
    <input
      {...rest}
      type="file"
      className="w-full text-sm text-muted file:mr-3 file:h-8 file:rounded-md file:border file:border-solid file:border-border-strong file:bg-surface file:px-3 file:font-medium file:text-text"
      onChange={(event) => onFiles(Array.from(event.target.files ?? []))}
    />
  );
}
