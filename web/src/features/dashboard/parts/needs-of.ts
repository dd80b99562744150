import type { TFunction } from "i18next";
import type { Dashboard, NearEnd } from "@/api";
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
  /** Where the user can do something about it; missing if that is outside of the web UI. */
  link?: NeedLink;
}

const CRL_WARNING = DAY / 2;
const WEEK_DAYS = 7;

/** Operations that wait for the caller's approval. */
interface Waiting {
  count: number;
  more: boolean;
}

/** The open tasks of the caller, the most urgent first. `ends`: what the server reports as expiring soon or overdue. */
export function needsOf(
  t: TFunction,
  data: Dashboard,
  waiting: Waiting,
  language: string,
  ends: readonly NearEnd[] = [],
): Need[] {
  const now = new Date(data.as_of);
  const ofCas = data.cas.flatMap((ca) => needsOfCa(t, ca, now, language));
  const known = new Set(ofCas.map((need) => need.key));
  const overdue = ends.flatMap((end) => needsOfEnd(t, end, data, now, language));
  return [
    ...toApprove(t, waiting),
    ...ofCas,
    ...overdue.filter((need) => !known.has(need.key)),
    ...failedJobs(t, data.failed_jobs ?? 0),
    ...endingSoon(t, data.ending[0]?.number ?? 0),
  ];
}

/** What the server should have renewed by itself; the expiry of a CA is a task of its own. */
function needsOfEnd(t: TFunction, end: NearEnd, data: Dashboard, now: Date, language: string): Need[] {
  const when = relative(new Date(end.ends_at), now, language);
  if (end.kind === "tls") {
    return [{ key: "tls", title: t("dashboard.need.tls"), detail: t("dashboard.need.tlsEnds", { when }) }];
  }
  const ca = data.cas.find((one) => one.name === end.ca);
  if (end.kind === "ca" || ca === undefined) return [];
  const link = { to: "/cas/$ca", params: { ca: ca.id }, search: { tab: "crls" } } as const;
  const words = end.kind === "crl" ? (["crl", "crlEnds"] as const) : (["signer", "signerEnds"] as const);
  return [
    {
      key: `${end.kind}-${ca.id}`,
      title: t(`dashboard.need.${words[0]}`, { name: ca.name }),
      detail: t(`dashboard.need.${words[1]}`, { when }),
      link,
    },
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
