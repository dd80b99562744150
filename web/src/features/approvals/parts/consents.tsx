import { useTranslation } from "react-i18next";
import type { Consents as ConsentsOf } from "@/api";
import { Moment } from "@/components/moment";
import { Panel, PanelRow, Section } from "@/components/page";

/** Who has approved, and what each rule still wants. */
export function Consents({ consents }: { consents: ConsentsOf | null }) {
  const { t } = useTranslation();
  if (consents === null) {
    return (
      <Section title={t("approvals.consents")}>
        <p className="text-sm text-muted">{t("approvals.noConsents")}</p>
      </Section>
    );
  }
  const { given, needed, rules, overridden_by } = consents;
  return (
    <Section
      title={t("approvals.consents")}
      actions={
        <span className="text-sm text-muted tabular-nums">
          {t("approvals.consentsOf", { given: given.length, needed })}
        </span>
      }
    >
      <Panel>
        {rules.map((rule) => (
          <PanelRow
            key={rule.rule}
            title={
              rule.missing > 0
                ? t("approvals.missing", { rule: rule.rule, count: rule.missing })
                : t("approvals.satisfied", { rule: rule.rule })
            }
            detail={rule.roles.join(", ")}
          />
        ))}
        {given.map((one) => (
          <PanelRow key={one.by} title={one.name} detail={one.rules.join(", ")} end={<Moment time={one.at} />} />
        ))}
        {given.length === 0 && <p className="px-4 py-3 text-sm text-muted">{t("approvals.nobodyYet")}</p>}
        {overridden_by !== null && <PanelRow title={t("approvals.overridden")} />}
      </Panel>
    </Section>
  );
}
