import { useState } from "react";
import { FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { ApiError, CertificateRequest } from "@/api";
import { Comparison } from "@/components/comparison";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input, Select, Textarea } from "@/components/ui/field";
import { LIFETIMES } from "@/features/certificates";
import { useProfiles } from "@/features/profiles";
import { useMe } from "@/features/session";
import { displayName } from "@/lib/names";
import { useSubmit } from "@/shared/submit";
import { useEditRequest } from "../mutations";
import { mayEdit } from "../parts/may";
import { EDIT_FIELDS, type EditForm, editBody, editedRows, editStart } from "./edit-form";

/** Edits the request, based only on the plan that was shown when the dialog opened. */
export function EditRequest({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const me = useMe();
  const [edited, setEdited] = useState<CertificateRequest>();
  if (!mayEdit(request, me)) return null;
  return (
    <>
      <Button onClick={() => setEdited(request)}>{t("requests.edit")}</Button>
      {edited && <EditDialog request={edited} onClose={() => setEdited(undefined)} />}
    </>
  );
}

function EditDialog({ request, onClose }: { request: CertificateRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm<EditForm>({ defaultValues: editStart(request) });
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useEditRequest(request, onClose),
    fields: EDIT_FIELDS,
    inputOf: (values) => editBody(values, request),
  });
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={t("requests.editing", { name: displayName(request) })}
      description={`${t("requests.editHelp")} ${t("requests.editOwn")}`}
    >
      <FormProvider {...form}>
        <form onSubmit={submit} noValidate className="flex flex-col gap-5">
          <EditFields request={request} />
          <Changes request={request} isBusy={isBusy} failure={failure} onClose={onClose} />
        </form>
      </FormProvider>
    </Dialog>
  );
}

function EditFields({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const { register, formState } = useFormContext<EditForm>();
  const { errors } = formState;
  const chosen = useWatch<EditForm, "profile">({ name: "profile" });
  const profiles = useProfiles().data?.items.filter((one) => one.kind === "end-entity" && one.state === "active") ?? [];
  const types = profiles.find((one) => one.name === chosen)?.key_types ?? [];
  const others = profiles.filter((one) => one.name !== request.profile);
  return (
    <>
      <Field label={t("issue.names")} help={t("issue.namesHelp")} error={errors.sans?.message}>
        <Textarea rows={3} className="font-mono text-xs" {...register("sans")} />
      </Field>
      <Field label={t("issue.subject")} error={errors.subject?.message}>
        <Input className="font-mono text-xs" {...register("subject")} />
      </Field>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t("certificates.column.profile")} error={errors.profile?.message}>
          <Select {...register("profile")}>
            <option>{request.profile}</option>
            {others.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </Select>
        </Field>
        <Field label={t("issue.validity")} error={errors.validity?.message}>
          <Select {...register("validity")}>
            {LIFETIMES.map((one) => (
              <option key={one} value={one}>
                {one === "" ? t("requests.editKeeps") : t(`issue.lifetimes.${one}`)}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {request.key_generated && (
        <Field label={t("issue.keyType")} error={errors.key_type?.message}>
          <Select {...register("key_type")}>
            <option>{request.key_type}</option>
            {types
              .filter((type) => type !== request.key_type)
              .map((type) => (
                <option key={type}>{type}</option>
              ))}
          </Select>
        </Field>
      )}
    </>
  );
}

interface ChangesProps {
  request: CertificateRequest;
  isBusy: boolean;
  failure: ApiError | null;
  onClose: () => void;
}

/** What the edit does to the plan, and the verbs. */
function Changes({ request, isBusy, failure, onClose }: ChangesProps) {
  const { t, i18n } = useTranslation();
  const rows = editedRows(t, i18n.language, useWatch<EditForm>() as EditForm, request);
  return (
    <>
      <section aria-live="polite">
        <h3 className="mb-2 text-sm font-medium">{t("requests.editChanges")}</h3>
        {rows.length === 0 ? (
          <p className="text-sm text-muted">{t("requests.editNothing")}</p>
        ) : (
          <Comparison
            label={t("requests.editChanges")}
            before={t("requests.editBefore")}
            after={t("requests.editAfter")}
            rows={rows}
          />
        )}
      </section>
      <ErrorNotice error={failure} />
      <DialogActions>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={isBusy} disabled={rows.length === 0}>
          {t("requests.editSave")}
        </Button>
      </DialogActions>
    </>
  );
}
