import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { NewAcmeKey } from "@/api";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Tabs } from "@/components/ui/tabs";
import { useLeaveGuard } from "@/lib/leave-guard";
import { CLIENTS, type Client, clientCommand, directoryUrl } from "./commands";

const LABELS: Record<Client, string> = { certbot: "certbot", lego: "lego", caddy: "Caddyfile" };

export interface MadeKey {
  key: NewAcmeKey;
  /** Names, as they stand in the directory's URL. */
  ca: string;
  profile: string;
}

/** The key and how it is put to work, the only time that it is there. */
export function Made({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  const { t } = useTranslation();
  useLeaveGuard("secret", true);
  const [client, setClient] = useState<Client>("certbot");
  const binding = {
    directory: directoryUrl(made.key.acme_url, made.ca, made.profile),
    keyId: made.key.id,
    hmacKey: made.key.hmac_key ?? "",
  };
  return (
    <div className="flex flex-col gap-4">
      <PemView text={binding.keyId} name="kid.txt" label={t("acme.keyId")} />
      <PemView text={binding.hmacKey} name="hmac-key.txt" label={t("acme.hmacKey")} />
      <Tabs
        label={t("acme.client")}
        value={client}
        onChange={setClient}
        tabs={CLIENTS.map((one) => ({
          value: one,
          label: LABELS[one],
          content: <PemView text={clientCommand(one, binding)} name={`${one}.txt`} label={LABELS[one]} />,
        }))}
      />
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          {t("tokens.taken")}
        </Button>
      </DialogActions>
    </div>
  );
}
