import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type ProfileDefinition, rest, toApiError } from "@/api";
import { Panel, PanelRow } from "@/components/page";
import { ErrorNotice } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { useDebounced } from "@/lib/use-debounced";

const PAUSE = 500;
const TONES = { error: "danger", warning: "warning", notice: "neutral" } as const;

/** What the server would say about the definition: its own rules, and lint about sample certificates of every key type. */
export function Remarks({ definition }: { definition: ProfileDefinition | undefined }) {
  const { t } = useTranslation();
  const asked = useDebounced(definition, PAUSE);
  const check = useQuery({
    queryKey: ["profile-check", asked],
    queryFn: async ({ signal }) => {
      const { data } = await rest.checkProfile({ body: asked as ProfileDefinition, signal, throwOnError: true });
      return data;
    },
    enabled: asked !== undefined,
    placeholderData: (before) => before,
  });
  return (
    <aside aria-label={t("profiles.check")} aria-live="polite" className="lg:sticky lg:top-5 lg:self-start">
      <h2 className="mb-2.5 text-base">{t("profiles.check")}</h2>
      {check.isError && <ErrorNotice error={toApiError(check.error)} />}
      {check.data && (
        <p className="mb-3">
          {check.data.sound ? (
            <Badge tone="good">{t("profiles.sound")}</Badge>
          ) : (
            <Badge tone="danger">{t("profiles.unsound")}</Badge>
          )}
        </p>
      )}
      {check.data && check.data.remarks.length > 0 && (
        <Panel>
          {check.data.remarks.map((remark) => (
            <PanelRow
              key={`${remark.field}-${remark.rule}`}
              title={<span className="font-mono text-xs">{remark.field}</span>}
              detail={remark.message}
              end={<Badge tone={TONES[remark.severity as keyof typeof TONES] ?? "neutral"}>{remark.severity}</Badge>}
            />
          ))}
        </Panel>
      )}
    </aside>
  );
}
