import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, type OwnSession, toApiError } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { askPasskey } from "@/lib/passkey";
import { giveSecondFactor, passkeyOptions } from "../queries";

const TOTP = /^\d{6}$/;

/** The second step: a code of the authenticator, a recovery code, or a passkey, whichever the user has. */
export function SecondFactor({ session, onDone }: { session: OwnSession; onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [code, setCode] = useState("");
  const [fault, setFault] = useState<string>();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const give = async (factor: () => Promise<Parameters<typeof giveSecondFactor>[1]>) => {
    setFault(undefined);
    setFailure(null);
    try {
      await giveSecondFactor(queryClient, await factor());
      onDone();
    } catch (error) {
      const failed = toApiError(error);
      if (failed.code === "sign_in_failed") setFault(t("signIn.wrongCode"));
      else setFailure(failed);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = code.trim();
    void give(async () => (TOTP.test(typed) ? { totp: typed } : { recovery_code: typed }));
  };
  return (
    <>
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <Field label={t("signIn.code")} help={t("signIn.codeHelp")} error={fault}>
          <Input
            autoFocus
            autoComplete="one-time-code"
            className="font-mono"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </Field>
        <ErrorNotice error={failure} />
        <Button type="submit" variant="primary" disabled={code.trim() === ""}>
          {t("signIn.submit")}
        </Button>
      </form>
      {session.second_factors.includes("passkey") && (
        <Button
          className="mt-4"
          onClick={() => void give(async () => ({ passkey: await askPasskey(await passkeyOptions()) }))}
        >
          {t("signIn.passkey")}
        </Button>
      )}
    </>
  );
}
