import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Dashboard } from "@/api";
import { Section } from "@/components/page";
import { ShareList } from "@/components/share-list";

/** What is valid now, by who issued it, as what, and with which keys. */
export function Shares({ data }: { data: Dashboard }) {
  const { t, i18n } = useTranslation();
  const names = new Map(data.cas.map((ca) => [ca.id, ca.name]));
  return (
    <div className="grid grid-cols-1 gap-x-7 lg:grid-cols-3">
      <Section title={t("dashboard.byCa")}>
        <ShareList
          language={i18n.language}
          shares={data.valid_by_ca.map(({ ca, number }) => ({
            key: ca,
            value: number,
            label: (
              <Link to="/certificates" search={{ ca, state: "valid" }} className="hover:underline">
                {names.get(ca) ?? ca}
              </Link>
            ),
          }))}
        />
      </Section>
      <Section title={t("dashboard.byProfile")}>
        <ShareList
          language={i18n.language}
          shares={data.valid_by_profile.map(({ name, number }) => ({
            key: name,
            value: number,
            label: (
              <Link
                to="/certificates"
                search={{ profile: name, state: "valid" }}
                className="font-mono text-xs hover:underline"
              >
                {name}
              </Link>
            ),
          }))}
        />
      </Section>
      <Section title={t("dashboard.byKey")}>
        <ShareList
          language={i18n.language}
          shares={data.valid_by_key_type.map(({ name, number }) => ({ key: name, value: number, label: name }))}
        />
      </Section>
    </div>
  );
}
