import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Frame, ProveAgain } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { account } from "@/lib/locales/en/pages/account";
import { knowsPasskeys } from "@/lib/passkey";
import { useCreateRecoveryCodes } from "../mutations";
import { AddPasskey } from "../parts/passkeys";
import { Codes } from "../parts/recovery";
import { AddTotp } from "../parts/totp";

addPageTexts({ account });

/** Before anything else: a role of the user demands a second factor, and there is none yet. */
export function SetUpPage({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [isSet, setIsSet] = useState(false);
  const [codes, setCodes] = useState<readonly string[]>();
  const make = useCreateRecoveryCodes(setCodes);
  if (codes) {
    return (
      <Frame title={t("account.recovery")} purpose={t("account.recoveryHelp")}>
        <Codes codes={codes} onTaken={onDone} />
      </Frame>
    );
  }
  if (isSet) {
    return (
      <Frame title={t("account.isSet")} purpose={t("account.isSetHelp")}>
        <div className="flex flex-col gap-3">
          <Button variant="primary" busy={make.isPending} onClick={() => make.mutate()}>
            {t("account.recoveryMake")}
          </Button>
          <Button variant="ghost" onClick={onDone}>
            {t("account.later")}
          </Button>
        </div>
        <ProveAgain />
      </Frame>
    );
  }
  return (
    <Frame title={t("account.setUp")} purpose={t("account.setUpHelp")}>
      <div className="flex flex-col gap-3">
        {knowsPasskeys() && <AddPasskey onDone={() => setIsSet(true)} />}
        <AddTotp onDone={() => setIsSet(true)} />
      </div>
      <ProveAgain />
    </Frame>
  );
}
