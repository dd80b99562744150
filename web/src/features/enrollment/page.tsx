import { KeyRound } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Credential, EnrollmentProtocol } from "@/api";
import { Page, Section } from "@/components/page";
import { Tabs } from "@/components/ui/tabs";
import { useCaNames } from "@/features/cas";
import { useMay } from "@/features/session";
import { addPageTexts } from "@/lib/i18n";
import { acme } from "@/lib/locales/en/pages/acme";
import { enrollment } from "@/lib/locales/en/pages/enrollment";
import { ListTable } from "@/shared/list-page";
import { credentialColumns } from "./columns";
import { AcmeAccounts } from "./parts/acme-accounts";
import { CreateCredential } from "./parts/create";
import { CredentialDetails } from "./parts/details";
import { PreviewRecipes } from "./parts/preview";
import { RevokeCredential } from "./parts/revoke";
import { useCredentials, useProtocol } from "./queries";
import { PROTOCOLS } from "./search";

addPageTexts({ acme, enrollment });

interface EnrollmentPageProps {
  protocol: EnrollmentProtocol;
  onProtocol: (protocol: EnrollmentProtocol) => void;
}

/** The credentials with which clients enroll by themselves, with a tab for each protocol. */
export function EnrollmentPage({ protocol, onProtocol }: EnrollmentPageProps) {
  const { t } = useTranslation();
  const canCreate = useCanCreate(protocol);
  return (
    <Page
      title={t("enrollment.title")}
      purpose={t("enrollment.purpose")}
      actions={canCreate && <CreateCredential key={protocol} protocol={protocol} />}
    >
      <Tabs
        label={t("enrollment.protocol")}
        value={protocol}
        onChange={onProtocol}
        tabs={PROTOCOLS.map((one) => ({ value: one, label: one.toUpperCase(), content: <Tab protocol={one} /> }))}
      />
    </Page>
  );
}

function useCanCreate(protocol: EnrollmentProtocol): boolean {
  const isEnabled = useProtocol(protocol)?.enabled === true;
  return useMay("token:create") && isEnabled;
}

function Tab({ protocol }: { protocol: EnrollmentProtocol }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="mb-4 max-w-3xl text-sm text-muted">{t(`enrollment.about.${protocol}`)}</p>
      <SwitchedOff protocol={protocol} />
      {protocol === "acme" ? (
        <>
          <Section title={t("enrollment.keys")}>
            <Credentials protocol={protocol} />
          </Section>
          <Section title={t("acme.title")}>
            <AcmeAccounts />
          </Section>
        </>
      ) : (
        <Credentials protocol={protocol} />
      )}
    </>
  );
}

function SwitchedOff({ protocol }: { protocol: EnrollmentProtocol }): ReactNode {
  const { t } = useTranslation();
  const state = useProtocol(protocol);
  if (state === undefined || state.enabled) return null;
  return (
    <p
      role="status"
      className="mb-4 max-w-3xl rounded-md border border-warning bg-warning-bg px-3 py-2 text-sm text-warning"
    >
      {t("enrollment.off", { protocol: protocol.toUpperCase(), setting: state.setting })}
    </p>
  );
}

function Credentials({ protocol }: { protocol: EnrollmentProtocol }) {
  const { t } = useTranslation();
  const mayRevoke = useMay("token:revoke");
  const canCreate = useCanCreate(protocol);
  const cas = useCaNames();
  const [shown, setShown] = useState<Credential>();
  const [revoking, setRevoking] = useState<Credential>();
  const columns = useMemo(
    () => credentialColumns(t, cas, { onShow: setShown, onRevoke: mayRevoke ? setRevoking : undefined }),
    [t, cas, mayRevoke],
  );
  return (
    <>
      <ListTable
        label={t(`enrollment.listOf.${protocol}`)}
        list={useCredentials(protocol)}
        table={{ name: "credentials", columns, rowId: (row) => row.id }}
        empty={{
          icon: KeyRound,
          title: t(`enrollment.emptyTitle.${protocol}`),
          text: t(canCreate ? "enrollment.emptyText" : "enrollment.emptyTextReader"),
          action: protocol === "acme" && canCreate && <PreviewRecipes />,
        }}
      />
      {shown && <CredentialDetails credential={shown} onClose={() => setShown(undefined)} />}
      {revoking && <RevokeCredential credential={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}
