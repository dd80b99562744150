import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { PemView } from "@/components/pem-view";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useSubmit } from "@/shared/submit";
import { useSignInWithToken } from "../mutations";

const TOKEN = /^pkim_[A-Za-z0-9_-]{43}$/;
const COMMAND = "pkim token create --name my-browser --role administrator --expires P1D";
const schema = z.object({ token: z.string().check(z.trim(), z.regex(TOKEN)) });

/** In with an API token, which is then in this page's memory only. */
export function TokenForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { token: "" } });
  const { errors } = form.formState;
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useSignInWithToken(onDone),
    fields: [],
    inputOf: ({ token }) => token,
    onRefused: ({ status }) => {
      const isUnknown = status === 401;
      if (isUnknown) form.setError("token", { message: t("signIn.refused") });
      return isUnknown;
    },
  });
  return (
    <>
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <Field
          label={t("signIn.token")}
          help={t("signIn.tokenHelp")}
          error={
            errors.token && (errors.token.type === "invalid_format" ? t("signIn.tokenForm") : errors.token.message)
          }
        >
          <Input type="password" autoFocus {...form.register("token")} />
        </Field>
        <ErrorNotice error={failure} />
        <Button type="submit" variant="primary" busy={isBusy}>
          {t("signIn.submit")}
        </Button>
      </form>
      <p className="mt-8 mb-2 text-sm text-muted">{t("signIn.how")}</p>
      <PemView text={COMMAND} name="token.sh" label="sh" />
    </>
  );
}
