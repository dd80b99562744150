import { useTranslation } from "react-i18next";
import { toApiError } from "@/api";
import { Findings } from "@/components/findings";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import type { useCheck } from "./queries";

/** What the server would say about the definition: its own rules, and lint about sample certificates of every key type. */
export function Remarks({ check }: { check: ReturnType<typeof useCheck> }) {
  const { t } = useTranslation();
  return (
    <Section title={t("profiles.check")}>
      <div aria-live="polite">
        {check.isError && <ErrorNotice error={toApiError(check.error)} />}
        {check.data && (
          <>
            <p className="mb-3">
              {check.data.sound ? (
                <Badge tone="good">{t("profiles.sound")}</Badge>
              ) : (
                <Badge tone="danger">{t("profiles.unsound")}</Badge>
              )}
            </p>
            <Findings
              findings={check.data.remarks.map(({ severity, message, field, rule }) => ({
                severity,
                message,
                detail: `${field} · ${rule}`,
              }))}
            />
          </>
        )}
      </div>
    </Section>
  );
}
