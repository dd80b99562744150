import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, type OwnSession, toApiError } from "@/api";
import { Reason } from "@/components/states";
import { Button } from "@/components/ui/button";
import { finishVisit } from "../mutations";
import { Frame } from "../parts/frame";
import { SecondFactor } from "../parts/second-factor";
import { visitGoal } from "../parts/visit";

interface ReturnedProps {
  provider: string;
  /** Once one is in, with where the visit was to lead. */
  onDone: (to: string) => void;
}

/** The page to which an identity provider redirects the browser. The server verifies the result. */
export function Returned({ provider, onDone }: ReturnedProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [waiting, setWaiting] = useState<OwnSession>();
  const [failure, setFailure] = useState<ApiError>();
  useEffect(() => {
    finishVisit(queryClient, provider).then(
      (session) => (session.stage === "second-factor" ? setWaiting(session) : onDone(visitGoal().to)),
      (error) => setFailure(toApiError(error)),
    );
  }, [queryClient, provider, onDone]);
  if (waiting) {
    return (
      <Frame title={t("signIn.second")} purpose={t("signIn.secondHelp")}>
        <SecondFactor session={waiting} onDone={() => onDone(visitGoal().to)} />
      </Frame>
    );
  }
  if (failure) return <Refused failure={failure} />;
  return (
    <Frame title={t("signIn.title")} purpose={t("signIn.returning")}>
      <div aria-busy="true" />
    </Frame>
  );
}

function Refused({ failure }: { failure: ApiError }) {
  const { t } = useTranslation();
  const rule = failure.faults[0]?.rule ?? failure.code;
  const { purpose, to } = visitGoal();
  return (
    <Frame title={t("signIn.refusedTitle")} purpose={t("signIn.refusedHelp")}>
      <div role="alert" className="text-sm">
        <Reason className="break-words" error={failure} />
        <p className="mt-2 font-mono text-xs text-muted">{rule}</p>
        {failure.requestId && (
          <p className="mt-1 font-mono text-xs text-muted">{t("error.requestId", { id: failure.requestId })}</p>
        )}
      </div>
      <Button asChild variant="primary" className="mt-5">
        {purpose === "sign-in" ? <a href="/sign-in">{t("signIn.back")}</a> : <a href={to}>{t("signIn.goBack")}</a>}
      </Button>
    </Frame>
  );
}
