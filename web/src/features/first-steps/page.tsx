import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components/page";
import { Button } from "@/components/ui/button";
import { AddPasskey, useFactors } from "@/features/account";
import { useCas } from "@/features/cas";
import { useMay, useMe } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { firstSteps } from "@/lib/locales/en/pages/first-steps";
import { knowsPasskeys } from "@/lib/passkey";

addPageTexts({ firstSteps });

/** After the first sign-in: from nothing to a certificate that is trusted, in order. */
export function FirstStepsPage() {
  const { t } = useTranslation();
  const mayCreate = useMay("ca:create");
  const mayIssue = useMay("certificate:issue");
  const cas = useCas().data?.items ?? [];
  const root = cas.find((ca) => ca.parent === null && ca.state === "active");
  const issuing = cas.find((ca) => ca.parent !== null && ca.state === "active");
  return (
    <Page title={t("firstSteps.title")} purpose={t("firstSteps.purpose")}>
      <ol className="flex max-w-2xl flex-col gap-3 [counter-reset:step]">
        <PasskeyStep />
        <Step
          title={t("firstSteps.hierarchy")}
          text={
            issuing
              ? t("firstSteps.hierarchyReady", { root: root?.name, issuing: issuing.name })
              : t("firstSteps.hierarchyMissing")
          }
        >
          {issuing ? (
            <Button asChild>
              <Link to="/cas">{t("firstSteps.look")}</Link>
            </Button>
          ) : (
            mayCreate && (
              <Button asChild>
                <Link to="/cas/new">{t("cas.create")}</Link>
              </Button>
            )
          )}
        </Step>
        <Step title={t("firstSteps.trust")} text={t("firstSteps.trustText")}>
          {root && (
            <Button asChild>
              <Link to="/cas/$ca" params={{ ca: root.id }} search={{ tab: "anchor" }}>
                {t("firstSteps.trustIt")}
              </Link>
            </Button>
          )}
        </Step>
        <Step title={t("firstSteps.issue")} text={t("firstSteps.issueText")}>
          {mayIssue && (
            <Button asChild variant="primary">
              <Link to="/certificates/new">{t("certificates.issue")}</Link>
            </Button>
          )}
        </Step>
      </ol>
      <Button asChild variant="ghost" className="mt-6">
        <Link to="/">{t("error.toDashboard")}</Link>
      </Button>
    </Page>
  );
}

/** Suggests a passkey to people who have none, because a password alone is weak. */
function PasskeyStep() {
  const { t } = useTranslation();
  const me = useMe();
  const isPerson = me !== undefined && me.user !== null && me.session !== null;
  const factors = useFactors(isPerson && knowsPasskeys());
  const [isDone, setDone] = useState(false);
  if (factors.data === undefined || (factors.data.passkeys.length > 0 && !isDone)) return null;
  return (
    <Step title={t("firstSteps.passkey")} text={t(isDone ? "firstSteps.passkeyDone" : "firstSteps.passkeyText")}>
      {!isDone && <AddPasskey onDone={() => setDone(true)} />}
    </Step>
  );
}

interface StepProps {
  title: string;
  text: string;
  children: ReactNode;
}

function Step({ title, text, children }: StepProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border bg-surface p-4">
      <span
        aria-hidden
        className="grid size-7 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent [counter-increment:step] before:content-[counter(step)]"
      />
      <div className="min-w-0 flex-1 basis-60">
        <h2 className="text-base">{title}</h2>
        <p className="text-sm text-muted">{text}</p>
      </div>
      {children}
    </li>
  );
}
