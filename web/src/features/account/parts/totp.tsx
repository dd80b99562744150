import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NewTotp } from "@/api";
import { CopyButton } from "@/components/copy-button";
import { PanelRow } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { useConfirmTotp, usePrepareTotp, useRemoveTotp } from "../mutations";

/** One-time codes of an authenticator: on or off. */
export function TotpRow({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation();
  const remove = useRemoveTotp();
  return (
    <PanelRow
      title={t("account.totp")}
      detail={t("account.totpHelp")}
      end={
        isOn ? (
          <>
            <Badge tone="good">{t("account.on")}</Badge>
            <Button size="sm" busy={remove.isPending} onClick={() => remove.mutate()}>
              {t("account.remove")}
            </Button>
          </>
        ) : (
          <AddTotp />
        )
      }
    />
  );
}

export function AddTotp({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<NewTotp>();
  const prepare = usePrepareTotp(setMade);
  const finish = () => {
    setMade(undefined);
    onDone?.();
  };
  return (
    <>
      <Button size={onDone ? "md" : "sm"} busy={prepare.isPending} onClick={() => prepare.mutate()}>
        {t("account.totpAdd")}
      </Button>
      <Dialog
        open={made !== undefined}
        onOpenChange={() => setMade(undefined)}
        title={t("account.totpAdd")}
        description={t("account.totpScan")}
      >
        {made && <Confirm made={made} onDone={finish} onCancel={() => setMade(undefined)} />}
      </Dialog>
    </>
  );
}

function Confirm({ made, onDone, onCancel }: { made: NewTotp; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const confirm = useConfirmTotp(onDone);
  const { failure } = confirm;
  const isWrong = failure?.faults[0]?.rule === "totp.code";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(code.trim());
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <img
        src={`data:image/svg+xml,${encodeURIComponent(made.qr_svg)}`}
        alt={t("account.qr")}
        className="mx-auto size-48 rounded-md bg-white p-2"
      />
      <div className="flex items-center justify-center gap-1">
        <code className="font-mono text-sm break-all" data-testid="totp-secret">
          {made.secret}
        </code>
        <CopyButton text={made.secret} label={t("common.copy", { what: t("account.totpSecret") })} />
      </div>
      <Field label={t("account.code")} error={isWrong ? t("account.codeWrong") : undefined}>
        <Input
          autoFocus
          inputMode="numeric"
          autoComplete="one-time-code"
          className="font-mono"
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
      {!isWrong && <ErrorNotice error={failure} />}
      <DialogActions>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" busy={confirm.isPending} disabled={code.trim() === ""}>
          {t("signIn.confirm")}
        </Button>
      </DialogActions>
    </form>
  );
}
