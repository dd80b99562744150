import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useSubmit } from "@/shared/submit";
import { useChangePassword } from "../mutations";
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
  const form = useForm({ resolver: zodResolver(schema), defaultValues: EMPTY });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useChangePassword(() => form.reset(EMPTY)),
    fields: ["new_password"],
    inputOf: ({ again: _, ...body }) => body,
    onRefused: ({ code }) => {
      const isWrong = code === "sign_in_failed";
      if (isWrong) form.setError("current_password", { message: t("account.passwordWrong") });
      return isWrong;
    },
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
          <Button type="submit" busy={isBusy}>
            {t("account.passwordChange")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
