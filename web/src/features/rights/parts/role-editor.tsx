import { zodResolver } from "@hookform/resolvers/zod";
import { type UseFormReturn, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input, Select, Textarea, Tick } from "@/components/ui/field";
import { useCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { useSubmit } from "@/shared/submit";
import { useSaveRole } from "../mutations";
import { type CustomRole, grouped, usePermissions } from "../queries";
import { bodyOf, EMPTY, FIELDS, formOf, REACHES, type RoleForm, schema } from "./role-form";

/** A role of one's own, made or changed: what it allows, and on which objects. */
export function RoleEditor({ role, onClose }: { role: CustomRole | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm<RoleForm>({ resolver: zodResolver(schema), defaultValues: role ? formOf(role) : EMPTY });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useSaveRole(role, onClose),
    fields: FIELDS,
    inputOf: bodyOf,
  });
  const title = role ? t("profiles.editing", { name: role.name }) : t("rights.create");
  return (
    <Dialog open wide onOpenChange={onClose} title={title} description={t("rights.editHelp")}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field
          label={t("common.name")}
          help={t("rights.nameHelp")}
          error={errors.name && (errors.name.type === "too_small" ? t("cas.field.nameMissing") : errors.name.message)}
        >
          <Input {...form.register("name")} readOnly={role !== undefined} />
        </Field>
        <Field label={t("profiles.description")} optional={t("common.optional")} error={errors.description?.message}>
          <Input {...form.register("description")} />
        </Field>
        <Permissions form={form} />
        <Limits form={form} />
        <ErrorNotice error={failure} />
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={isBusy}>
            {role ? t("profiles.save") : t("rights.create")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function Permissions({ form }: { form: UseFormReturn<RoleForm> }) {
  const { t } = useTranslation();
  const rows = usePermissions().data?.items ?? [];
  const fault = form.formState.errors.permissions;
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{t("rights.allows")}</legend>
      <div className="grid gap-x-4 gap-y-2 rounded-md border p-3 sm:grid-cols-2">
        {grouped(rows).map((group) => (
          <div key={group.noun}>
            {group.rows.map((row) => (
              <Tick
                key={row.permission}
                label={row.permission}
                value={row.permission}
                className="py-0.5 font-mono text-xs"
                {...form.register("permissions")}
              />
            ))}
          </div>
        ))}
      </div>
      {fault && (
        <p className="mt-1.5 text-xs text-danger">
          {fault.type === "too_small" ? t("rights.permissionMissing") : fault.message}
        </p>
      )}
    </fieldset>
  );
}

function Limits({ form }: { form: UseFormReturn<RoleForm> }) {
  const { t } = useTranslation();
  const cas = useCas().data?.items ?? [];
  const profiles = useProfiles().data?.items ?? [];
  const { errors } = form.formState;
  return (
    <>
      <Ticks legend={t("cas.title")} field="cas" form={form} choices={cas.map((ca) => [ca.id, ca.name])} />
      <Ticks
        legend={t("profiles.title")}
        field="profiles"
        form={form}
        choices={profiles.map((profile) => [profile.name, profile.name])}
      />
      <Field
        label={t("certificates.fact.names")}
        optional={t("common.optional")}
        help={t("rights.namesHelp")}
        error={errors.names?.message}
      >
        <Textarea {...form.register("names")} />
      </Field>
      <Field label={t("rights.whose")} error={errors.reach?.message}>
        <Select {...form.register("reach")}>
          {REACHES.map((reach) => (
            <option key={reach} value={reach}>
              {t(`rights.reach.${reach}`)}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}

interface TicksProps {
  legend: string;
  field: "cas" | "profiles";
  form: UseFormReturn<RoleForm>;
  choices: readonly (readonly [string, string])[];
}

function Ticks({ legend, field, form, choices }: TicksProps) {
  const { t } = useTranslation();
  const fault = form.formState.errors[field];
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{legend}</legend>
      <div className="flex max-h-36 flex-wrap gap-x-4 gap-y-1 overflow-y-auto rounded-md border p-3">
        {choices.map(([value, name]) => (
          <Tick key={value} label={name} value={value} {...form.register(field)} />
        ))}
      </div>
      <p className={fault ? "mt-1.5 text-xs text-danger" : "mt-1.5 text-xs text-muted"}>
        {fault?.message ?? t("rights.noneTicked")}
      </p>
    </fieldset>
  );
}
