import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Dashboard } from "@/api";
import type { CertificateSearch } from "@/features/certificates";

const SOON_WEEKS = 4;
const WEEK_DAYS = 7;

interface Stat {
  label: string;
  value: string;
  note: string;
  link: { to: "/cas" } | { to: "/certificates"; search: CertificateSearch };
}

/** The numbers, each a way to the list that it counts. */
export function Stats({ data }: { data: Dashboard }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => value.toLocaleString(i18n.language);
  const sum = (values: readonly { number: number }[]) => values.reduce((total, one) => total + one.number, 0);
  const valid = data.by_state.valid ?? 0;
  const quantum = sum(data.valid_by_key_type.filter((one) => one.name.startsWith("ML-")));
  const stats: Stat[] = [
    {
      label: t("certificates.state.valid"),
      value: number(valid),
      note: t("dashboard.thisWeek", { count: sum(data.issued.slice(-WEEK_DAYS)) }),
      link: { to: "/certificates", search: { state: "valid" } },
    },
    {
      label: t("dashboard.expireSoon"),
      value: number(sum(data.ending.slice(0, SOON_WEEKS))),
      note: t("dashboard.nextWeek", { count: data.ending[0]?.number ?? 0 }),
      link: { to: "/certificates", search: { state: "valid", within: SOON_WEEKS * WEEK_DAYS } },
    },
    {
      label: t("certificates.state.revoked"),
      value: number(data.by_state.revoked ?? 0),
      note: t("dashboard.held", { count: data.by_state.held ?? 0 }),
      link: { to: "/certificates", search: { state: "revoked" } },
    },
    {
      label: t("nav.cas"),
      value: number(data.cas.length),
      note: t("dashboard.active", { count: data.cas.filter((ca) => ca.state === "active").length }),
      link: { to: "/cas" },
    },
    {
      label: t("dashboard.quantum"),
      value: `${valid === 0 ? 0 : Math.round((quantum / valid) * 100)} %`,
      note: t("dashboard.ofValid"),
      link: { to: "/cas" },
    },
  ];
  return (
    <ul className="mb-7 grid grid-cols-2 overflow-hidden rounded-lg border bg-surface sm:grid-cols-3 lg:grid-cols-5">
      {stats.map((stat) => (
        <li key={stat.label} className="-mb-px -ml-px border-b border-l">
          <Link {...stat.link} className="block h-full px-4 py-3.5 hover:bg-raised">
            <span className="block text-xs text-muted">{stat.label}</span>
            <span className="block text-2xl font-semibold tracking-tight tabular">{stat.value}</span>
            <span className="block text-xs text-muted">{stat.note}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
