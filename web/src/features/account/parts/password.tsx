import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { type ApiError, showFaults } from "@/api";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { changePassword, useRefresh } from "../queries";
import { RevokeTokens } from "./revoke-tokens";

const SHORTEST = 12;
const schema = z
  .object({
    current_password: z.string().check(z.minLength(1)),
    new_password: z.string().check(z.minLength(SHORTEST), z.maxLength(128)),
    again: z.string(),
    revoke_tokens: z.boolean(),
  })
  .check(z.refine((form) => form.new_password === form.again, { path: ["again"] }));
const EMPTY = { current_password: "", new_password: "", again: "", revoke_tokens: false };

/** Another password; the other sessions end, and on request the API tokens. */
export function ChangePassword() {
  const { t } = useTranslation();
  const refresh = useRefresh();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: EMPTY });
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ current_password, new_password, revoke_tokens }) => {
    setFailure(null);
    try {
      await changePassword({ current_password, new_password, revoke_tokens });
      form.reset(EMPTY);
      toast(t("account.passwordChanged"));
      await refresh();
    } catch (error) {
      const failed = showFaults(error, form.setError, ["new_password"]);
      if (failed?.code === "sign_in_failed") form.setError("current_password", { message: t("account.passwordWrong") });
      else setFailure(failed);
    }
  });
  const told = (fault: { type?: string; message?: string } | undefined, empty: string) =>
    fault && (fault.type === "too_small" ? empty : fault.message);
  return (
    <Section title={t("signIn.password")}>
      <form onSubmit={submit} noValidate className="flex max-w-sm flex-col gap-4">
        <Field label={t("account.passwordNow")} error={told(errors.current_password, t("signIn.passwordMissing"))}>
          <Input type="password" autoComplete="current-password" {...form.register("current_password")} />
        </Field>
        <Field
          label={t("account.passwordNew")}
          help={t("welcome.passwordHelp")}
          error={told(errors.new_password, t("welcome.short"))}
        >
          <Input type="password" autoComplete="new-password" {...form.register("new_password")} />
        </Field>
        <Field label={t("welcome.again")} error={errors.again && t("welcome.differ")}>
          <Input type="password" autoComplete="new-password" {...form.register("again")} />
        </Field>
        <RevokeTokens {...form.register("revoke_tokens")} />
        <ErrorNotice error={failure} />
        <div>
          <Button type="submit" busy={isSubmitting}>
            {t("account.passwordChange")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
