import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { isMine } from "@/features/approvals";
import { useMe } from "@/features/session";
import { useCollectRequest } from "../mutations";

const PASSPHRASE = /^[\x20-\x7e]{8,128}$/;

/** For a key that the server generates: it is returned once, to the requester. */
export function Collect({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const isDue = request.key_generated && request.state === "ready";
  if (!isDue || me === undefined || !isMine(me, request.requested_by)) return null;
  return (
    <>
      <Button variant="primary" onClick={() => setAsking(true)}>
        {t("requests.collect")}
      </Button>
      {asking && <CollectDialog request={request} onClose={() => setAsking(false)} />}
    </>
  );
}

function CollectDialog({ request, onClose }: { request: CertificateRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const [passphrase, setPassphrase] = useState("");
  const [isWrong, setWrong] = useState(false);
  const collect = useCollectRequest(request, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fits = PASSPHRASE.test(passphrase);
    setWrong(!fits);
    if (fits) collect.mutate(passphrase);
  };
  return (
    <Dialog open onOpenChange={onClose} title={t("requests.collect")} description={t("requests.collectHelp")}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={t("issue.passphrase")}
          help={t("issue.passphraseHelp")}
          error={isWrong ? t("issue.passphraseForm") : undefined}
        >
          <Input
            type="password"
            autoComplete="new-password"
            value={passphrase}
            onChange={(event) => setPassphrase(event.target.value)}
          />
        </Field>
        <ErrorNotice error={collect.failure} />
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={collect.isPending}>
            {t("requests.collectVerb")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
