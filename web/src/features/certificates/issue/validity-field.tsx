import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Ca, Certificate, Profile } from "@/api";
import { Moment } from "@/components/moment";
import { Field, Select, Tick } from "@/components/ui/field";
import { useCaNames } from "@/features/cas";
import { useProfiles } from "@/features/profiles";
import { DAY, daysBetween } from "@/lib/time";
import { isWithin, type Period, plannedPeriod } from "@/lib/validity";

/** Validity periods that people choose; "" is the profile's default. */
export const LIFETIMES = ["", "P7D", "P30D", "P90D", "P180D", "P1Y"] as const;

/** From when until when a certificate would be valid; undefined while CA or profile are unknown. */
export function usePlannedPeriod(caId: string, profileName: string, validity: string): Period | undefined {
  const ca = useCaNames().get(caId);
  const profile = useProfiles().data?.items.find((one) => one.name === profileName);
  return ca && profile && periodOf(ca, profile, validity, new Date());
}

function periodOf(ca: Ca, profile: Profile, validity: string, now: Date): Period {
  return plannedPeriod(validity, profile.validity, ca.parent === null ? null : ca, now);
}

/** The validity periods that a profile allows, with the current certificate's own where it would otherwise be shortened. */
export function useLifetimes(profileName: string, old?: Certificate): readonly { value: string; days?: number }[] {
  const profile = useProfiles().data?.items.find((one) => one.name === profileName);
  const now = new Date();
  const isAllowed = (duration: string) => profile === undefined || isWithin(duration, profile.validity.maximum, now);
  const common = LIFETIMES.filter((one) => one === "" || isAllowed(one)).map((value) => ({ value }));
  if (old === undefined) return common;
  const days = daysBetween(new Date(old.not_before), new Date(Date.parse(old.not_after) + 1000));
  const own = `P${days}D`;
  const isKnown = days < 1 || common.some((one) => one.value === own) || profile?.validity.default === own;
  return isKnown || !isAllowed(own) ? common : [...common, { value: own, days }];
}

interface RenewedProps {
  old: Certificate;
  validity: string;
  onValidity: (validity: string) => void;
  isShorterAccepted: boolean;
  onShorterAccepted: (isAccepted: boolean) => void;
}

/** Whether the new certificate would expire before the one that it replaces. */
export function isShorter(period: Period | undefined, old: Pick<Certificate, "not_after">): boolean {
  return period !== undefined && period.until.getTime() < Date.parse(old.not_after);
}

/** How long the certificate that replaces another one is valid: exact dates, and consent where it would expire earlier. */
export function RenewedValidity({ old, validity, onValidity, isShorterAccepted, onShorterAccepted }: RenewedProps) {
  const { t } = useTranslation();
  const period = usePlannedPeriod(old.ca, old.profile, validity);
  const lifetimes = useLifetimes(old.profile, old);
  return (
    <div className="flex flex-col gap-4">
      <Field label={t("issue.validity")}>
        <Select value={validity} onChange={(event) => onValidity(event.target.value)}>
          {lifetimes.map(({ value, days }) => (
            <option key={value} value={value}>
              {days === undefined
                ? t(`issue.lifetimes.${value || "profile"}` as "issue.lifetimes.profile")
                : t("issue.sameLifetime", { count: days })}
            </option>
          ))}
        </Select>
      </Field>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">{t("issue.period.new")}</dt>
        <dd>{period ? <PeriodText period={period} /> : "…"}</dd>
        <dt className="text-muted">{t("issue.period.current")}</dt>
        <dd>
          <Moment time={old.not_before} precise /> {t("certificates.to")} <Moment time={old.not_after} precise />
        </dd>
      </dl>
      {period && isShorter(period, old) && (
        <ShorterNotice
          days={Math.round((Date.parse(old.not_after) - period.until.getTime()) / DAY)}
          isAccepted={isShorterAccepted}
          onAccepted={onShorterAccepted}
        />
      )}
    </div>
  );
}

interface ShorterProps {
  days: number;
  isAccepted: boolean;
  onAccepted: (isAccepted: boolean) => void;
}

function ShorterNotice({ days, isAccepted, onAccepted }: ShorterProps) {
  const { t } = useTranslation();
  return (
    <div role="status" className="rounded-md border border-warning bg-warning-bg px-3 py-2 text-sm">
      <p className="mb-2 flex gap-2 text-warning">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        {t("issue.period.shorter", { count: days })}
      </p>
      <Tick
        label={t("issue.period.accept")}
        checked={isAccepted}
        onChange={(event) => onAccepted(event.target.checked)}
      />
    </div>
  );
}

export function PeriodText({ period }: { period: Period }) {
  const { t } = useTranslation();
  return (
    <>
      <Moment time={period.from.toISOString()} precise /> {t("certificates.to")}{" "}
      <Moment time={period.until.toISOString()} precise />
    </>
  );
}
