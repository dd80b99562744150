import { zodResolver } from "@hookform/resolvers/zod";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import * as z from "zod/mini";
import { type OwnSession, toApiError } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useSubmit } from "@/shared/submit";
import { useAcceptLink } from "../mutations";
import { Frame } from "../parts/frame";
import { Providers } from "../parts/providers";
import { SecondFactor } from "../parts/second-factor";
import { useInvitation } from "../queries";

const SHORTEST = 12;
const schema = z
  .object({ password: z.string().check(z.minLength(SHORTEST), z.maxLength(128)), again: z.string() })
  .check(z.refine((form) => form.password === form.again, { path: ["again"] }));

/** What a one-time link leads to. The secret stands behind the `#`, which no server and no log gets to see. */
export function Welcome({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { password: "", again: "" } });
  const link = useInvitation(secret);
  const [waiting, setWaiting] = useState<OwnSession>();
  const { errors } = form.formState;
  const change = useAcceptLink(secret, (session) => {
    if (session.stage === "second-factor") setWaiting(session);
    else onDone();
  });
  const { submit, failure, isBusy } = useSubmit(form, {
    change,
    fields: ["password"],
    inputOf: ({ password }) => password,
  });
  if (secret === "")
    return (
      <Frame title={t("welcome.noLink")} purpose={t("welcome.noLinkHelp")}>
        {null}
      </Frame>
    );
  if (waiting)
    return (
      <Frame title={t("signIn.second")} purpose={t("signIn.secondHelp")}>
        <SecondFactor session={waiting} onDone={onDone} />
      </Frame>
    );
  if (link.isPending) return null;
  if (link.error && toApiError(link.error).code === "sign_in_failed") return <SpentLink />;
  const message =
    errors.password && (errors.password.type === "too_small" ? t("welcome.short") : errors.password.message);
  return (
    <Frame title={t("welcome.title")} purpose={t("welcome.purpose")}>
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        {link.data && (
          <Field label={t("signIn.login")} help={t("welcome.loginHelp")}>
            <Input readOnly autoComplete="username" value={link.data.login} />
          </Field>
        )}
        <Field label={t("welcome.password")} help={t("welcome.passwordHelp")} error={message}>
          <Input type="password" autoFocus autoComplete="new-password" {...form.register("password")} />
        </Field>
        <Field label={t("welcome.again")} error={errors.again && t("welcome.differ")}>
          <Input type="password" autoComplete="new-password" {...form.register("again")} />
        </Field>
        {failure?.code === "sign_in_failed" ? (
          <p role="alert" className="text-sm text-danger">
            {t("welcome.used")}
          </p>
        ) : (
          <ErrorNotice error={failure} />
        )}
        <Button type="submit" variant="primary" busy={isBusy}>
          {t("welcome.submit")}
        </Button>
      </form>
      <Providers visit={{ invitation: secret }} to="/first-steps" label={(title) => t("welcome.provider", { title })} />
    </Frame>
  );
}

function SpentLink() {
  const { t } = useTranslation();
  return (
    <Frame title={t("welcome.spent")} purpose={t("welcome.used")}>
      <Button asChild>
        <Link to="/sign-in">{t("signIn.back")}</Link>
      </Button>
    </Frame>
  );
}
