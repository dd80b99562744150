import { Link } from "@tanstack/react-router";
import { CircleCheck, OctagonX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceSignIn } from "@/api";
import { Page } from "@/components/page";
import { EmptyState } from "@/components/states";
import { Button } from "@/components/ui/button";
import { addPageTexts } from "@/lib/i18n";
import { device } from "@/lib/locales/en/pages/device";
import { Decide, type Decision } from "./parts/decide";
import { EnterCode } from "./parts/enter-code";

addPageTexts({ device });

/** The sign-in of a command line: its code is entered, then what it requests is shown and approved or denied. */
export function DevicePage() {
  const { t } = useTranslation();
  const [found, setFound] = useState<{ code: string; signIn: DeviceSignIn }>();
  const [decision, setDecision] = useState<Decision>();
  return (
    <Page title={t("device.title")} purpose={t("device.purpose")}>
      <div className="max-w-xl">
        {decision ? (
          <div role="status">
            <EmptyState
              icon={decision === "approved" ? CircleCheck : OctagonX}
              title={t(`device.end.${decision}`)}
              action={
                <Button asChild>
                  <Link to="/tokens">{t("device.tokens")}</Link>
                </Button>
              }
            >
              {t(`device.endText.${decision}`)}
            </EmptyState>
          </div>
        ) : found ? (
          <Decide {...found} onDecision={setDecision} onBack={() => setFound(undefined)} />
        ) : (
          <EnterCode onFound={(code, signIn) => setFound({ code, signIn })} />
        )}
      </div>
    </Page>
  );
}
