import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { type ApiError, type PersonBody, showFaults, type User } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
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

interface PersonFormProps {
  /** Who is changed; a new one has to be given a login too. */
  user?: User;
  verb: string;
  save: (person: PersonBody, login: string) => Promise<void>;
  onCancel: () => void;
}

/** Who somebody is, and their standing role. What `save` rejects with is told at the fields that it is about. */
export function PersonForm({ user, verb, save, onCancel }: PersonFormProps) {
  const { t } = useTranslation();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const form = useForm<z.infer<typeof schema>>({
    resolver: zodResolver(schema),
    defaultValues: {
      login: user?.login ?? "",
      display_name: user?.display_name ?? "",
      email: user?.email ?? "",
      role: user?.role ?? "requester",
    },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ login, email, ...person }) => {
    try {
      await save({ ...person, ...(email && { email }) }, login);
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
      {!user && (
        <Field label={t("signIn.login")} help={t("people.loginHelp")} error={message("login")}>
          <Input {...form.register("login")} />
        </Field>
      )}
      <Field label={t("people.displayName")} error={message("display_name")}>
        <Input {...form.register("display_name")} />
      </Field>
      <Field label={t("people.email")} optional={t("common.optional")} error={errors.email?.message}>
        <Input type="email" {...form.register("email")} />
      </Field>
      <Field label={t("common.role")} help={user && t("people.roleHelp")} error={errors.role?.message}>
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
        <Button type="submit" variant="primary" busy={isSubmitting}>
          {verb}
        </Button>
      </DialogActions>
    </form>
  );
}
