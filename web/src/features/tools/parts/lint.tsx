import { useTranslation } from "react-i18next";
import type { LintedObject } from "@/api";
import { Findings } from "@/components/findings";
import { Badge } from "@/components/ui/badge";
import { lintText } from "@/shared/preview";

/** What is wrong with it, and which clause says so. */
export function LintView({ object }: { object: LintedObject }) {
  const { t } = useTranslation();
  const kind = t(`tools.kind.${object.kind}`);
  return (
    <article>
      <h2 className="mb-2.5 text-base">{kind}</h2>
      {object.findings.length === 0 && <Badge tone="good">{t("tools.clean")}</Badge>}
      <Findings findings={object.findings.map(lintText)} />
    </article>
  );
}
