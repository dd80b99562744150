import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import type { User } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { BUILTIN_ROLES, RoleField } from "@/features/session";
import { type Submittable, useSubmit } from "@/shared/submit";
import type { PersonInput } from "../mutations";

const given = () => z.string().check(z.trim(), z.minLength(1), z.maxLength(200));
const schema = z.object({
  login: given(),
  display_name: given(),
  email: z.string().check(z.trim(), z.maxLength(200)),
  role: z.enum(BUILTIN_ROLES),
});
const FIELDS = ["login", "display_name", "email", "role"] as const;

interface PersonFormProps {
  /** The user to edit; a new user also needs a username. */
  user?: User;
  verb: string;
  change: Submittable<PersonInput>;
  onCancel: () => void;
}

/** The name, email address, and built-in role of a user. */
export function PersonForm({ user, verb, change, onCancel }: PersonFormProps) {
  const { t } = useTranslation();
  const form = useForm<z.infer<typeof schema>>({
    resolver: zodResolver(schema),
    defaultValues: {
      login: user?.login ?? "",
      display_name: user?.display_name ?? "",
      email: user?.email ?? "",
      role: user?.role ?? "requester",
    },
  });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change,
    fields: FIELDS,
    inputOf: ({ login, email, ...person }) => ({ person: { ...person, ...(email && { email }) }, login }),
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
      <RoleField input={form.register("role")} help={user && t("people.roleHelp")} error={errors.role?.message} />
      <ErrorNotice error={failure} />
      <DialogActions>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={isBusy}>
          {verb}
        </Button>
      </DialogActions>
    </form>
  );
}
