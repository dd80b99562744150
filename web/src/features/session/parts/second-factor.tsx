import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OwnSession } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useSecondFactor } from "../mutations";

const TOTP = /^\d{6}$/;

/** The second step: a code of the authenticator, a recovery code, or a passkey, whichever the user has. */
export function SecondFactor({ session, onDone }: { session: OwnSession; onDone: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const send = useSecondFactor(onDone);
  const isWrong = send.failure?.code === "sign_in_failed";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = code.trim();
    send.mutate(TOTP.test(typed) ? { totp: typed } : { recovery_code: typed });
  };
  return (
    <>
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <Field label={t("signIn.code")} help={t("signIn.codeHelp")} error={isWrong ? t("signIn.wrongCode") : undefined}>
          <Input
            autoFocus
            autoComplete="one-time-code"
            className="font-mono"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </Field>
        <ErrorNotice error={isWrong ? null : send.failure} />
        <Button type="submit" variant="primary" disabled={code.trim() === ""}>
          {t("signIn.submit")}
        </Button>
      </form>
      {session.second_factors.includes("passkey") && (
        <Button className="mt-4" onClick={() => send.mutate(undefined)}>
          {t("signIn.passkey")}
        </Button>
      )}
    </>
  );
}
