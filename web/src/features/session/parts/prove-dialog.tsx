import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { knowsPasskeys } from "@/lib/passkey";
import { useConfirmIdentity } from "../mutations";
import { useHasPasskey } from "../queries";
import type { ProveProps } from "./prove-props";
import { Providers } from "./providers";

/** Asks for the password, or for a passkey if the user has one. */
export function ProveDialog({ onAnswer }: ProveProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const confirm = useConfirmIdentity(() => onAnswer(true));
  const hasPasskey = useHasPasskey() && knowsPasskeys();
  const wrong = t(confirm.variables === undefined ? "signIn.passkeyRefused" : "signIn.wrongPassword");
  const fault = confirm.failure?.code === "sign_in_failed" ? wrong : confirm.failure?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(password);
  };
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
          <Button type="submit" variant="primary" disabled={password === ""} busy={confirm.isPending}>
            {t("signIn.confirm")}
          </Button>
        </DialogActions>
      </form>
      <div className="flex flex-col empty:hidden">
        {hasPasskey && (
          <Button className="mt-3" onClick={() => confirm.mutate(undefined)}>
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
