import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type UseFormReturn, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { type ApiError, api, type Ca, type Profile, showFaults, useRefresh } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input, Select, Textarea, Tick } from "@/components/ui/field";
import { useIssuingCas } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { confirmLeave } from "@/lib/leave-guard";
import { bodyOf, FIELDS, type KeyForm, LIFETIMES, ROLES, schema } from "./key-form";
import { Made, type MadeKey } from "./made";

export function CreateKey() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<MadeKey>();
  const change = (next: boolean) => {
    setOpen(next);
    setMade(undefined);
  };
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        {t("acme.create")}
      </Button>
      <Dialog
        open={open}
        wide
        onOpenChange={async (next) => (next || (await confirmLeave())) && change(next)}
        title={made ? t("acme.made") : t("acme.create")}
        description={made ? t("acme.madeHelp") : t("acme.createHelp")}
      >
        {made ? (
          <Made made={made} onClose={() => change(false)} />
        ) : (
          <Choices onMade={setMade} onCancel={() => change(false)} />
        )}
      </Dialog>
    </>
  );
}

interface FormProps {
  onMade: (made: MadeKey) => void;
  onCancel: () => void;
}

/** The form, as soon as it is known what there is to choose from. */
function Choices(props: FormProps) {
  const cas = useIssuingCas().cas;
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity" && one.state === "active");
  if (!cas || !profiles) return null;
  return <Form {...props} cas={cas} profiles={profiles} />;
}

function Form({ cas, profiles, onMade, onCancel }: FormProps & { cas: readonly Ca[]; profiles: Profile[] }) {
  const { t } = useTranslation();
  const refresh = useRefresh("token");
  const [failure, setFailure] = useState<ApiError | null>(null);
  const form = useForm<KeyForm>({
    resolver: zodResolver(schema),
    defaultValues: {
      name: "",
      ca: cas.find((ca) => ca.parent !== null)?.name ?? cas[0]?.name ?? "",
      profile: profiles.find((one) => one.name === "tls-server")?.name ?? profiles[0]?.name ?? "",
      names: "",
      role: "registration-authority",
      expires: "P1Y",
      open: false,
    },
  });
  const create = useMutation(api.createAcmeKeyMutation());
  const submit = form.handleSubmit(async (values) => {
    try {
      const key = await create.mutateAsync({ body: bodyOf(values) });
      onMade({ key, ca: values.ca, profile: values.profile });
      await refresh();
    } catch (error) {
      setFailure(showFaults(error, form.setError, FIELDS));
    }
  });
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Fields form={form} cas={cas} profiles={profiles} />
      <ErrorNotice error={failure} />
      <DialogActions>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          {t("acme.create")}
        </Button>
      </DialogActions>
    </form>
  );
}

function Fields({ form, cas, profiles }: { form: UseFormReturn<KeyForm>; cas: readonly Ca[]; profiles: Profile[] }) {
  const { t } = useTranslation();
  const { errors } = form.formState;
  const missing = errors.name?.type === "too_small" ? t("cas.field.nameMissing") : errors.name?.message;
  return (
    <>
      <Field label={t("common.name")} help={t("tokens.nameHelp")} error={missing}>
        <Input {...form.register("name")} />
      </Field>
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
        <Field label={t("acme.issuing")} error={errors.role?.message}>
          <Select {...form.register("role")}>
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t(`acme.by.${role}`)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("issue.validity")} help={t("acme.expiresHelp")} error={errors.expires?.message}>
          <Select {...form.register("expires")}>
            {LIFETIMES.map((one) => (
              <option key={one} value={one}>
                {t(`acme.lifetimes.${one}`)}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <Field
        label={t("certificates.fact.names")}
        optional={t("common.optional")}
        help={t("rights.namesHelp")}
        error={errors.names?.message}
      >
        <Textarea {...form.register("names")} />
      </Field>
      <div className="flex flex-col gap-1">
        <Tick label={t("acme.open")} {...form.register("open")} />
        <p className="text-xs text-muted">{t("acme.openHelp")}</p>
      </div>
    </>
  );
}
