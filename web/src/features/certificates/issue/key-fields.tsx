import { Controller, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { FileDrop } from "@/components/file-drop";
import { Field, Input, Select } from "@/components/ui/field";
import { useProfiles } from "@/features/profiles";
import { BROWSER_KEY_TYPES } from "@/lib/browser-key";
import { cn } from "@/lib/cn";
import { type IssueForm, SOURCES } from "./form";

/** Where the key comes from. */
export function KeyFields() {
  const { t } = useTranslation();
  const { register } = useFormContext<IssueForm>();
  const source = useWatch<IssueForm, "source">({ name: "source" });
  return (
    <>
      <fieldset>
        <legend className="mb-2 text-sm font-medium">{t("issue.source")}</legend>
        <div className="grid gap-2 sm:grid-cols-3">
          {SOURCES.map((one) => (
            <label
              key={one}
              className={cn(
                "block rounded-md border bg-surface p-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
                source === one && "border-accent bg-accent-soft",
              )}
            >
              <input type="radio" value={one} className="sr-only" {...register("source")} />
              <span className="block text-sm font-medium">{t(`issue.sources.${one}.title`)}</span>
              <span className="block text-xs text-muted">{t(`issue.sources.${one}.text`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {source === "csr" ? <CsrField /> : <KeyTypeField />}
      {source === "server" && <PassphraseField />}
    </>
  );
}

function CsrField() {
  const { t } = useTranslation();
  return (
    <Controller<IssueForm, "csr">
      name="csr"
      render={({ field, fieldState: { error } }) => (
        <Field
          label={t("issue.csr")}
          help={t("issue.csrHelp")}
          error={error && (error.message === "Invalid input" ? t("issue.csrMissing") : error.message)}
        >
          <FileDrop value={field.value} onChange={field.onChange} placeholder="-----BEGIN CERTIFICATE REQUEST-----" />
        </Field>
      )}
    />
  );
}

function KeyTypeField() {
  const { t } = useTranslation();
  const { register } = useFormContext<IssueForm>();
  const source = useWatch<IssueForm, "source">({ name: "source" });
  const profile = useWatch<IssueForm, "profile">({ name: "profile" });
  const allowed: readonly string[] =
    useProfiles().data?.items.find((one) => one.name === profile)?.key_types ?? BROWSER_KEY_TYPES;
  const offered = source === "server" ? allowed : BROWSER_KEY_TYPES.filter((type) => allowed.includes(type));
  return (
    <Field label={t("issue.keyType")} help={t("issue.keyTypeHelp")}>
      <Select {...register("keyType")}>
        {offered.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </Select>
    </Field>
  );
}

function PassphraseField() {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<IssueForm>();
  return (
    <Field
      label={t("issue.passphrase")}
      help={t("issue.passphraseHelp")}
      error={formState.errors.passphrase && t("issue.passphraseForm")}
    >
      <Input type="password" autoComplete="new-password" {...register("passphrase")} />
    </Field>
  );
}
