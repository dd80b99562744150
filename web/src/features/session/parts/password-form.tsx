import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { type ApiError, type OwnSession, toApiError } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { signInWithPassword } from "../queries";

const given = () => z.string().check(z.minLength(1), z.maxLength(200));
const schema = z.object({ login: given(), password: given() });

export function PasswordForm({ onSession }: { onSession: (session: OwnSession) => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { login: "", password: "" } });
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ login, password }) => {
    setFailure(null);
    try {
      onSession(await signInWithPassword(queryClient, login, password));
    } catch (error) {
      const failed = toApiError(error);
      if (failed.code === "sign_in_failed") form.setError("password", { message: t("signIn.wrong") });
      else setFailure(failed);
    }
  });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <Field label={t("signIn.login")} error={errors.login && t("signIn.loginMissing")}>
        <Input autoFocus autoComplete="username" {...form.register("login")} />
      </Field>
      <Field
        label={t("signIn.password")}
        error={
          errors.password &&
          (errors.password.type === "too_small" ? t("signIn.passwordMissing") : errors.password.message)
        }
      >
        <Input type="password" autoComplete="current-password" {...form.register("password")} />
      </Field>
      <ErrorNotice error={failure} />
      <Button type="submit" variant="primary" busy={isSubmitting}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
}
