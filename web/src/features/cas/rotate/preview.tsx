import { useTranslation } from "react-i18next";
import { type Ca, toApiError } from "@/api";
import { Moment } from "@/components/moment";
import { ErrorNotice } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import { Dependants } from "../parts/dependants";
import { useKey } from "../queries";

const STEPS = ["made", "published", "switch", "drains", "ends"] as const;

/** The road of a rotation, and what hangs on the key that is to be replaced. */
export function RotationPreview({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const current = useKey(ca.keys[0]?.id);
  return (
    <aside aria-label={t("cas.rotate.preview")} className="lg:sticky lg:top-5 lg:self-start">
      <h2 className="mb-2.5 text-base">{t("cas.rotate.preview")}</h2>
      <ol className="mb-6 ml-1.5">
        {STEPS.map((step) => (
          <li key={step} className="relative border-l border-border-strong pb-3 pl-5 last:border-transparent last:pb-0">
            <span
              aria-hidden
              className="absolute top-1.5 -left-[4.5px] size-2 rounded-full border-2 border-border-strong bg-background"
            />
            <span className="text-sm">{t(`cas.rotate.step.${step}`)}</span>
          </li>
        ))}
      </ol>
      <h2 className="mb-2.5 text-base">{t("cas.rotate.chains")}</h2>
      {current.isError && <ErrorNotice error={toApiError(current.error)} />}
      {current.isPending && current.isFetching && <Skeleton className="h-24" />}
      {current.data && (
        <>
          <p className="mb-3 text-sm text-muted">
            {t("cas.key.uses", { count: current.data.use.certificates })}
            {current.data.use.last_not_after && (
              <>
                , {t("cas.rotate.lastEnds")} <Moment time={current.data.use.last_not_after} precise />
              </>
            )}
          </p>
          {current.data.dependants.length > 0 && <Dependants dependants={current.data.dependants} />}
        </>
      )}
    </aside>
  );
}
