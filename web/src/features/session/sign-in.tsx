import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Frame } from "./frame";
import { PasswordForm } from "./password-form";
import { TokenForm } from "./token-form";

interface SignInProps {
  /** Whether a session has just ended. */
  ended: boolean;
  onDone: () => void;
}

export function SignIn({ ended, onDone }: SignInProps) {
  const { t } = useTranslation();
  const [byToken, setByToken] = useState(false);
  return (
    <Frame title={t("signIn.title")} purpose={ended ? t("signIn.ended") : t("signIn.purpose")}>
      {byToken ? <TokenForm onDone={onDone} /> : <PasswordForm onDone={onDone} />}
      <Button variant="ghost" className="mt-4" onClick={() => setByToken(!byToken)}>
        {byToken ? t("signIn.usePassword") : t("signIn.useToken")}
      </Button>
    </Frame>
  );
}
