import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Risk } from "@/api";
import { Panel, PanelRow } from "@/components/page";
import { Badge } from "@/components/ui/badge";

/** What approvers should know: each risk in the language of the page, and what the server says of it. */
export function Risks({ risks }: { risks: readonly Risk[] }) {
  const { t } = useTranslation();
  if (risks.length === 0) return <p className="text-sm text-muted">{t("requests.noRisks")}</p>;
  return (
    <Panel>
      {risks.map((risk) => (
        <PanelRow
          key={`${risk.code} ${risk.field} ${risk.message}`}
          title={<span className="whitespace-normal">{titleOf(t, risk)}</span>}
          detail={
            <>
              <span lang="en">{risk.message}</span> <span className="font-mono">{risk.code}</span>
            </>
          }
          end={
            <Badge tone={risk.weight === "warning" ? "warning" : "neutral"}>
              {t(`requests.weight.${risk.weight}`)}
            </Badge>
          }
        />
      ))}
    </Panel>
  );
}

/** A newer server can have codes that this page does not know: they are their own title. */
function titleOf(t: TFunction, { code }: Risk): string {
  if (code.startsWith("lint.")) return t("requests.risk.lint");
  return t(`requests.risk.${code}` as "requests.risk.lint", { defaultValue: code });
}
