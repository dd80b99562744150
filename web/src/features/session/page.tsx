import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OwnSession } from "@/api";
import { Button } from "@/components/ui/button";
import { knowsPasskeys } from "@/lib/passkey";
import { useSignInWithPasskey } from "./mutations";
import { Frame } from "./parts/frame";
import { PasswordForm } from "./parts/password-form";
import { Providers } from "./parts/providers";
import { SecondFactor } from "./parts/second-factor";
import { TokenForm } from "./parts/token-form";

interface SignInProps {
  /** Whether a session has just ended. */
  ended: boolean;
  /** Where to go once one is in. */
  to: string;
  onDone: () => void;
}

export function SignIn({ ended, to, onDone }: SignInProps) {
  const { t } = useTranslation();
  const [byToken, setByToken] = useState(false);
  const [waiting, setWaiting] = useState<OwnSession>();
  const step = (session: OwnSession) => (session.stage === "second-factor" ? setWaiting(session) : onDone());
  if (waiting) {
    return (
      <Frame title={t("signIn.second")} purpose={t("signIn.secondHelp")}>
        <SecondFactor session={waiting} onDone={onDone} />
      </Frame>
    );
  }
  return (
    <Frame title={t("signIn.title")} purpose={ended ? t("signIn.ended") : t("signIn.purpose")}>
      {byToken ? <TokenForm onDone={onDone} /> : <PasswordForm onSession={step} />}
      {knowsPasskeys() && !byToken && <PasskeyButton onSession={step} />}
      {!byToken && <Providers visit={{}} to={to} label={(title) => t("signIn.provider", { title })} />}
      <Button variant="ghost" className="mt-2" onClick={() => setByToken(!byToken)}>
        {byToken ? t("signIn.usePassword") : t("signIn.useToken")}
      </Button>
    </Frame>
  );
}

function PasskeyButton({ onSession }: { onSession: (session: OwnSession) => void }) {
  const { t } = useTranslation();
  const run = useSignInWithPasskey(onSession);
  return (
    <>
      <Button className="mt-3" busy={run.isPending} onClick={() => run.mutate()}>
        {t("signIn.passkey")}
      </Button>
      {run.failure && (
        <p role="alert" className="mt-2 text-xs text-danger">
          {run.failure.code === "sign_in_failed" ? t("signIn.passkeyRefused") : t("signIn.passkeyNone")}
        </p>
      )}
    </>
  );
}
