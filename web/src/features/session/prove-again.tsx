import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onProofNeeded, toApiError } from "@/api";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { askPasskey, knowsPasskeys } from "@/lib/passkey";
import { Providers } from "./providers";
import { passkeyOptions, proveAgain, proveByPasskey } from "./queries";

/** Asks for a fresh proof where the server wants one; what was refused can then be done again. */
export function ProveAgain() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<string>();
  useEffect(() => onProofNeeded(() => setOpen(true)), []);
  const change = (next: boolean) => {
    setOpen(next);
    setPassword("");
    setFault(undefined);
  };
  const prove = async (run: () => Promise<void>, wrong: string) => {
    try {
      await run();
      change(false);
      toast(t("signIn.proven"));
    } catch (error) {
      const failed = toApiError(error);
      setFault(failed.code === "sign_in_failed" ? wrong : failed.message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void prove(() => proveAgain(queryClient, password), t("signIn.wrong"));
  };
  const askForPasskey = async () => proveByPasskey(queryClient, await askPasskey(await passkeyOptions()));
  return (
    <Dialog open={open} onOpenChange={change} title={t("signIn.prove")} description={t("signIn.proveHelp")}>
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
          <Button onClick={() => change(false)}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" disabled={password === ""}>
            {t("signIn.confirm")}
          </Button>
        </DialogActions>
      </form>
      <div className="mt-4 flex flex-col border-t pt-1">
        {knowsPasskeys() && (
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
