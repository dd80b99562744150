import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import type { DeviceSignIn } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useSubmit } from "@/shared/submit";
import { useCheckCode } from "../mutations";

const LETTERS = 8;
const schema = z.object({
  user_code: z.string().check(
    z.trim(),
    z.refine((code) => code.replace(/[^a-z]/gi, "").length === LETTERS),
  ),
});

export function EnterCode({ onFound }: { onFound: (code: string, signIn: DeviceSignIn) => void }) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { user_code: "" } });
  const { submit, failure, isBusy } = useSubmit(form, {
    change: useCheckCode((signIn, code) => onFound(code, signIn)),
    fields: ["user_code"],
    inputOf: ({ user_code }) => user_code,
    onRefused: ({ code }) => {
      if (code !== "not_found") return false;
      form.setError("user_code", { message: t("device.unknown") });
      return true;
    },
  });
  const { user_code } = form.formState.errors;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field
        label={t("device.code")}
        help={t("device.codeHelp")}
        error={user_code && (user_code.message === t("device.unknown") ? user_code.message : t("device.codeForm"))}
      >
        <Input
          {...form.register("user_code")}
          className="max-w-60 font-mono text-lg tracking-widest uppercase"
          autoCapitalize="characters"
          maxLength={20}
        />
      </Field>
      <ErrorNotice error={failure} />
      <div>
        <Button type="submit" variant="primary" busy={isBusy}>
          {t("device.continue")}
        </Button>
      </div>
    </form>
  );
}
