import type { TFunction } from "i18next";
import type { Dashboard } from "@/api";
import { isCaExpiring } from "@/lib/renewal";
import { DAY, relative } from "@/lib/time";

type NeedLink =
  | { to: "/approvals"; search: { show: "needsMe" } }
  | { to: "/cas/$ca"; params: { ca: string }; search?: { tab: "crls" } }
  | { to: "/jobs"; search: { state: "failed" } }
  | { to: "/certificates"; search: { state: "valid"; within: number } };

export interface Need {
  key: string;
  title: string;
  detail: string;
  link: NeedLink;
}

const CRL_WARNING = DAY / 2;
const WEEK_DAYS = 7;

/** Acts that wait for the caller's consent. */
interface Waiting {
  count: number;
  more: boolean;
}

/** What somebody should look at, the most pressing first. */
export function needsOf(t: TFunction, data: Dashboard, waiting: Waiting, language: string): Need[] {
  const now = new Date(data.as_of);
  return [
    ...toApprove(t, waiting),
    ...data.cas.flatMap((ca) => needsOfCa(t, ca, now, language)),
    ...failedJobs(t, data.failed_jobs ?? 0),
    ...endingSoon(t, data.ending[0]?.number ?? 0),
  ];
}

function needsOfCa(t: TFunction, ca: Dashboard["cas"][number], now: Date, language: string): Need[] {
  if (ca.state !== "active" && ca.state !== "suspended") return [];
  const needs: Need[] = [];
  const endsWithin = (time: string | null, span: number) => time !== null && Date.parse(time) - now.getTime() < span;
  const when = (time: string | null) => relative(new Date(time ?? 0), now, language);
  if (endsWithin(ca.next_update, CRL_WARNING)) {
    needs.push({
      key: `crl-${ca.id}`,
      title: t("dashboard.need.crl", { name: ca.name }),
      detail: t("dashboard.need.crlEnds", { when: when(ca.next_update) }),
      link: { to: "/cas/$ca", params: { ca: ca.id }, search: { tab: "crls" } },
    });
  }
  if (isCaExpiring(ca.not_after, now)) {
    needs.push({
      key: `ca-${ca.id}`,
      title: t("dashboard.need.ca", { name: ca.name }),
      detail: t("dashboard.need.caEnds", { when: when(ca.not_after) }),
      link: { to: "/cas/$ca", params: { ca: ca.id } },
    });
  }
  return needs;
}

function toApprove(t: TFunction, { count, more }: Waiting): Need[] {
  if (count === 0) return [];
  const link = { to: "/approvals", search: { show: "needsMe" } } as const;
  const title = t(more ? "dashboard.need.approvalsMore" : "dashboard.need.approvals", { count });
  return [{ key: "approvals", title, detail: t("dashboard.need.approvalsDetail"), link }];
}

function failedJobs(t: TFunction, count: number): Need[] {
  if (count === 0) return [];
  const link = { to: "/jobs", search: { state: "failed" } } as const;
  return [{ key: "jobs", title: t("dashboard.need.jobs", { count }), detail: t("dashboard.need.jobsDetail"), link }];
}

function endingSoon(t: TFunction, count: number): Need[] {
  if (count === 0) return [];
  const link = { to: "/certificates", search: { state: "valid", within: WEEK_DAYS } } as const;
  return [
    { key: "ending", title: t("dashboard.need.ending", { count }), detail: t("dashboard.need.endingDetail"), link },
  ];
}
