import { useTranslation } from "react-i18next";
import type { DependantKey } from "@/api";
import { Panel, PanelRow } from "@/components/page";
import { Badge } from "@/components/ui/badge";
import { CaLink } from "../detail/ca-chain";

/** Which keys of CAs chain to a key, how much hangs on each, and whether there is another way up. */
export function Dependants({ dependants }: { dependants: readonly DependantKey[] }) {
  const { t } = useTranslation();
  return (
    <Panel>
      {dependants.map((one) => (
        <PanelRow
          key={one.key}
          title={
            <>
              <CaLink ca={{ id: one.ca, name: one.ca_name }} />{" "}
              <span className="font-normal text-muted">{t("cas.key.short", { number: one.number })}</span>
            </>
          }
          detail={t("cas.key.uses", { count: one.use.certificates })}
          end={
            <Badge tone={one.has_alternative_path ? "good" : "warning"}>
              {one.has_alternative_path ? t("cas.key.otherWay") : t("cas.key.onlyWay")}
            </Badge>
          }
        />
      ))}
    </Panel>
  );
}
