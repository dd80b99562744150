import { useTranslation } from "react-i18next";
import type { Certificate } from "@/api";
import { Page } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { Tabs } from "@/components/ui/tabs";
import { History } from "@/features/audit";
import { fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { AnsweredPage } from "@/shared/answered";
import { useCertificate } from "../queries";
import type { CertificateTab } from "../search";
import { CertificateStatus } from "../status";
import { Acts } from "./acts";
import { Install } from "./install";
import { Overview } from "./overview";

interface DetailProps {
  id: string;
  tab: CertificateTab;
  onTab: (tab: CertificateTab) => void;
}

export function CertificatePage({ id, tab, onTab }: DetailProps) {
  const { t } = useTranslation();
  const found = useCertificate(id);
  const crumbs = [{ label: t("certificates.title"), to: "/certificates" as const }];
  return (
    <AnsweredPage question={found} unnamed={t("certificates.one")} crumbs={crumbs}>
      {(certificate) => <Loaded certificate={certificate} tab={tab} onTab={onTab} crumbs={crumbs} />}
    </AnsweredPage>
  );
}

interface LoadedProps extends Omit<DetailProps, "id"> {
  certificate: Certificate;
  crumbs: readonly { label: string; to: "/certificates" }[];
}

function Loaded({ certificate, tab, onTab, crumbs }: LoadedProps) {
  const { t } = useTranslation();
  const name = displayName(certificate);
  return (
    <Page
      title={name}
      crumbs={crumbs}
      status={<CertificateStatus certificate={certificate} />}
      actions={<Acts certificate={certificate} />}
    >
      <Tabs
        label={name}
        value={tab}
        onChange={onTab}
        tabs={[
          { value: "overview", label: t("certificates.tab.overview"), content: <Overview certificate={certificate} /> },
          { value: "timeline", label: t("certificates.tab.timeline"), content: <History objectId={certificate.id} /> },
          { value: "install", label: t("certificates.tab.install"), content: <Install certificate={certificate} /> },
          {
            value: "raw",
            label: t("certificates.tab.raw"),
            content: <PemView text={certificate.pem} name={fileName(name, "pem")} label="PEM" />,
          },
        ]}
      />
    </Page>
  );
}
