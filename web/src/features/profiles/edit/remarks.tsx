import { useTranslation } from "react-i18next";
import { toApiError } from "@/api";
import { Findings } from "@/components/findings";
import { Section } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import type { useCheck } from "../queries";

interface RemarksProps {
  check: ReturnType<typeof useCheck>;
  isYaml: boolean;
  /** Nothing of a new profile is entered yet: it is not checked. */
  isUntouched?: boolean;
}

/** What the server would say about the definition: its own rules, and lint about sample certificates of every key type. */
export function Remarks(props: RemarksProps) {
  const { check, isYaml } = props;
  const { t } = useTranslation();
  return (
    <Section title={t("profiles.check")}>
      <div aria-live="polite">
        <p className="mb-3">
          <Verdict {...props} />
        </p>
        {isYaml && check.isError && <ErrorNotice error={toApiError(check.error)} />}
        {check.isCurrent && check.data && (
          <Findings
            findings={check.data.remarks.map(({ severity, message, field, rule }) => ({
              severity,
              message,
              detail: `${field} · ${rule}`,
            }))}
          />
        )}
      </div>
    </Section>
  );
}

/** Only about the text as it is now: invalid YAML has no verdict, and a changed text waits for its own. */
function Verdict({ check, isYaml, isUntouched }: RemarksProps) {
  const { t } = useTranslation();
  if (isUntouched) return <Badge tone="neutral">{t("profiles.notChecked")}</Badge>;
  if (!isYaml) return <Badge tone="danger">{t("profiles.notYaml")}</Badge>;
  if (check.isError) return null;
  if (!check.isCurrent || !check.data) return <Badge tone="neutral">{t("profiles.checking")}</Badge>;
  return check.data.sound ? (
    <Badge tone="good">{t("profiles.sound")}</Badge>
  ) : (
    <Badge tone="danger">{t("profiles.unsound")}</Badge>
  );
}
