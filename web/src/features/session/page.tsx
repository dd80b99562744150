import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type OwnSession, toApiError } from "@/api";
import { Button } from "@/components/ui/button";
import { askPasskey, knowsPasskeys } from "@/lib/passkey";
import { Frame } from "./parts/frame";
import { PasswordForm } from "./parts/password-form";
import { Providers } from "./parts/providers";
import { SecondFactor } from "./parts/second-factor";
import { TokenForm } from "./parts/token-form";
import { passkeyOptions, signInWithPasskey } from "./queries";

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
  const queryClient = useQueryClient();
  const run = useMutation({
    mutationFn: async () => signInWithPasskey(queryClient, await askPasskey(await passkeyOptions())),
    onSuccess: onSession,
  });
  const refused = run.error && toApiError(run.error).code === "sign_in_failed";
  return (
    <>
      <Button className="mt-3" busy={run.isPending} onClick={() => run.mutate()}>
        {t("signIn.passkey")}
      </Button>
      {run.error && (
        <p role="alert" className="mt-2 text-xs text-danger">
          {refused ? t("signIn.passkeyRefused") : t("signIn.passkeyNone")}
        </p>
      )}
    </>
  );
}
