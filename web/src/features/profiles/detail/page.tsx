import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Profile } from "@/api";
import { KeyValues } from "@/components/key-values";
import { Page } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import { useMay } from "@/features/session";
import { duration } from "@/lib/time";
import { Failure } from "@/shared/answered";
import { toYaml } from "../parts/yaml";
import { useProfile } from "../queries";
import type { ProfileTab } from "../search";
import { ProfileBadge } from "../status";
import { RetireButton } from "./retire";
import { Versions } from "./versions";

interface ProfilePageProps {
  name: string;
  tab: ProfileTab;
  onTab: (tab: ProfileTab) => void;
}

export function ProfilePage({ name, tab, onTab }: ProfilePageProps) {
  const { t } = useTranslation();
  const mayUpdate = useMay("profile:update");
  const found = useProfile(name);
  const profile = found.data;
  const isOwn = profile?.kind === "end-entity" && profile.state === "active";
  return (
    <Page
      title={name}
      purpose={profile?.description}
      crumbs={[{ label: t("profiles.title"), to: "/profiles" }]}
      status={profile?.state === "retired" && <ProfileBadge state={profile.state} />}
      actions={
        <>
          <Button asChild>
            <Link to="/certificates" search={{ profile: name }}>
              {t("cas.issued")}
            </Link>
          </Button>
          {profile && isOwn && <RetireButton profile={profile} />}
          {mayUpdate && isOwn && (
            <Button asChild variant="primary">
              <Link to="/profiles/new" search={{ edit: name }}>
                {t("profiles.edit")}
              </Link>
            </Button>
          )}
        </>
      }
    >
      <Failure question={found} />
      {found.isPending && <Skeleton className="h-72" />}
      {profile && (
        <Tabs
          label={name}
          value={tab}
          onChange={onTab}
          tabs={[
            { value: "overview", label: t("certificates.tab.overview"), content: <Rules profile={profile} /> },
            { value: "versions", label: t("profiles.versions"), content: <Versions profile={profile} /> },
            {
              value: "yaml",
              label: "YAML",
              content: <PemView text={toYaml(profile)} name={`${name}.yaml`} label={`${name}.yaml`} />,
            },
          ]}
        />
      )}
    </Page>
  );
}

function Rules({ profile }: { profile: Profile }) {
  const { t, i18n } = useTranslation();
  const purposes = profile.extended_key_usage.map((oid) =>
    t(`profiles.purposes.${oid.replaceAll(".", "_")}` as "profiles.purposes.any", { defaultValue: oid }),
  );
  const word = (value: boolean | undefined) => (value ? t("common.yes") : t("common.no"));
  return (
    <KeyValues
      pairs={[
        { label: t("profiles.kind"), value: t(`profiles.kinds.${profile.kind}`) },
        { label: t("profiles.version"), value: String(profile.version) },
        {
          label: t("issue.validity"),
          value: t("profiles.validity", {
            usual: duration(profile.validity.default, i18n.language),
            maximum: duration(profile.validity.maximum, i18n.language),
          }),
        },
        { label: t("profiles.keyTypes"), value: profile.key_types.join(", ") },
        { label: t("profiles.reuse"), value: t(`profiles.reuses.${profile.key_reuse}`) },
        {
          label: t("certificates.fact.names"),
          value: profile.sans.kinds.join(", ") || t("common.none"),
          note: t("profiles.names", { minimum: profile.sans.minimum, maximum: profile.sans.maximum }),
        },
        { label: t("profiles.wildcards"), value: word(profile.sans.wildcards) },
        { label: t("cas.fact.permitted"), value: profile.sans.permitted?.join(", ") },
        { label: t("certificates.fact.subject"), value: profile.subject.attributes.join(", ") || t("common.none") },
        {
          label: t("profiles.usage"),
          value: profile.key_usage.map((bit) => t(`certificates.keyUsage.${bit}`)).join(", "),
        },
        { label: t("profiles.purposesLabel"), value: purposes.join(", ") },
        {
          label: t("profiles.pointers"),
          value: [profile.include_crl_url && "CRL", profile.include_ocsp_url && "OCSP"].filter(Boolean).join(", "),
        },
        { label: t("profiles.publicTls"), value: word(profile.public_tls) },
        {
          label: t("profiles.lintExceptions"),
          value:
            profile.lint_exceptions.length === 0
              ? t("common.none")
              : profile.lint_exceptions.map((one) => (
                  <div key={one.rule}>
                    <span className="font-mono text-xs">{one.rule}</span> {one.reason}
                  </div>
                )),
        },
      ]}
    />
  );
}
