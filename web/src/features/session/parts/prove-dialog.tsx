import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, toApiError } from "@/api";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { askPasskey, knowsPasskeys } from "@/lib/passkey";
import { passkeyOptions, proveAgain, proveByPasskey } from "../queries";
import type { ProveProps } from "./prove-props";
import { Providers } from "./providers";

/** Asks for the password, or for a passkey of those who have one. */
export function ProveDialog({ onAnswer }: ProveProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const factors = useQuery(api.listFactorsOptions());
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const hasPasskey = knowsPasskeys() && (factors.data?.passkeys.length ?? 0) > 0;
  const prove = async (run: () => Promise<void>, wrong: string) => {
    setFault(undefined);
    setBusy(true);
    try {
      await run();
      onAnswer(true);
    } catch (error) {
      setBusy(false);
      const failed = toApiError(error);
      setFault(failed.code === "sign_in_failed" ? wrong : failed.message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void prove(() => proveAgain(queryClient, password), t("signIn.wrongPassword"));
  };
  const askForPasskey = async () => proveByPasskey(queryClient, await askPasskey(await passkeyOptions()));
  return (
    <Dialog open onOpenChange={() => onAnswer(false)} title={t("signIn.prove")} description={t("signIn.proveHelp")}>
      <form onSubmit={submit}>
        <Field label={t("signIn.password")} error={fault}>
          <Input
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <DialogActions>
          <Button onClick={() => onAnswer(false)}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" disabled={password === ""} busy={isBusy}>
            {t("signIn.confirm")}
          </Button>
        </DialogActions>
      </form>
      <div className="flex flex-col empty:hidden">
        {hasPasskey && (
          <Button className="mt-3" onClick={() => void prove(askForPasskey, t("signIn.passkeyRefused"))}>
            {t("signIn.passkey")}
          </Button>
        )}
        <Providers
          visit={{ purpose: "prove" }}
          to={window.location.pathname + window.location.search}
          label={(title) => t("signIn.provider", { title })}
        />
      </div>
    </Dialog>
  );
}
