import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onProofNeeded, toApiError } from "@/api";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { proveAgain } from "./queries";

/** Asks for the password once more where the server wants a fresh proof; what was refused can then be done again. */
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
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await proveAgain(queryClient, password);
      change(false);
      toast(t("signIn.proven"));
    } catch (error) {
      const failed = toApiError(error);
      setFault(failed.code === "sign_in_failed" ? t("signIn.wrong") : failed.message);
    }
  };
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
    </Dialog>
  );
}
