import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import type { OwnSession } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useSubmit } from "@/shared/submit";
import { useSignInWithPassword } from "../mutations";

const given = () => z.string().check(z.minLength(1), z.maxLength(200));
const schema = z.object({ login: given(), password: given() });

export function PasswordForm({ onSession }: { onSession: (session: OwnSession) => void }) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { login: "", password: "" } });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useSignInWithPassword(onSession),
    fields: [],
    inputOf: (values) => values,
    onRefused: ({ code }) => {
      const isWrong = code === "sign_in_failed";
      if (isWrong) form.setError("password", { message: t("signIn.wrong") });
      return isWrong;
    },
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
      <Button type="submit" variant="primary" busy={isBusy}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
}
