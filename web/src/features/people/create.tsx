import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { type ApiError, api, done, showFaults } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { roleName, STANDING_ROLES } from "@/features/session";

const given = () => z.string().check(z.trim(), z.minLength(1), z.maxLength(200));
const schema = z.object({
  login: given(),
  display_name: given(),
  email: z.string().check(z.trim(), z.maxLength(200)),
  role: z.enum(STANDING_ROLES),
});
const FIELDS = ["login", "display_name", "email", "role"] as const;

export function CreateUser({ onLink }: { onLink: (link: string) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        {t("people.create")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("people.create")} description={t("people.createHelp")}>
        <Form
          onCancel={() => setOpen(false)}
          onMade={(link) => {
            setOpen(false);
            onLink(link);
          }}
        />
      </Dialog>
    </>
  );
}

function Form({ onMade, onCancel }: { onMade: (link: string) => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const form = useForm<z.infer<typeof schema>>({
    resolver: zodResolver(schema),
    defaultValues: { login: "", display_name: "", email: "", role: "requester" },
  });
  const { errors } = form.formState;
  const create = useMutation(api.createUserMutation());
  const submit = form.handleSubmit(async ({ email, ...values }) => {
    try {
      const made = await create.mutateAsync({ body: { ...values, ...(email && { email }) } });
      await queryClient.invalidateQueries();
      onMade(done(made).sign_in_url ?? "");
    } catch (error) {
      setFailure(showFaults(error, form.setError, FIELDS));
    }
  });
  const message = (field: "login" | "display_name") => {
    const fault = errors[field];
    return fault && (fault.type === "too_small" ? t("people.missing") : fault.message);
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label={t("signIn.login")} help={t("people.loginHelp")} error={message("login")}>
        <Input {...form.register("login")} />
      </Field>
      <Field label={t("people.displayName")} error={message("display_name")}>
        <Input {...form.register("display_name")} />
      </Field>
      <Field label={t("people.email")} optional={t("common.optional")} error={errors.email?.message}>
        <Input type="email" {...form.register("email")} />
      </Field>
      <Field label={t("common.role")} error={errors.role?.message}>
        <Select {...form.register("role")}>
          {STANDING_ROLES.map((role) => (
            <option key={role} value={role}>
              {roleName(t, role)}
            </option>
          ))}
        </Select>
      </Field>
      <ErrorNotice error={failure} />
      <DialogActions>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          {t("people.create")}
        </Button>
      </DialogActions>
    </form>
  );
}
