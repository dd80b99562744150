import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CertificateRequest } from "@/api";
import { Page, Section } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Consents } from "@/features/approvals";
import { displayName } from "@/lib/names";
import { Failure } from "@/shared/answered";
import { useRequest } from "../queries";
import { RequestBadge } from "../status";
import { RequestActs } from "./acts";
import { Asked } from "./asked";
import { Collect } from "./collect";
import { Comments } from "./comments";
import { EditRequest } from "./edit";
import { Plan } from "./plan";
import { Risks } from "./risks";

export function RequestPage({ id }: { id: string }) {
  const { t } = useTranslation();
  const found = useRequest(id);
  const request = found.data;
  return (
    <Page
      title={request ? displayName(request) : t("requests.one")}
      purpose={request?.reason}
      crumbs={[{ label: t("requests.title"), to: "/requests" }]}
      status={request && <RequestBadge state={request.state} />}
      actions={
        request && (
          <>
            <EditRequest request={request} />
            <RequestActs request={request} />
            <Collect request={request} />
            {request.certificate !== null && (
              <Button asChild>
                <Link to="/certificates/$id" params={{ id: request.certificate }}>
                  {t("requests.certificate")}
                </Link>
              </Button>
            )}
          </>
        )
      }
    >
      <Failure question={found} />
      {found.isPending && <Skeleton className="h-72" />}
      {request && <Detail request={request} />}
    </Page>
  );
}

function Detail({ request }: { request: CertificateRequest }) {
  const { t } = useTranslation();
  return (
    <>
      <Section title={t("requests.risks")}>
        <Risks risks={request.risks} />
      </Section>
      <Section title={t("requests.plan")}>
        <Plan request={request} />
      </Section>
      <Asked request={request} />
      <Consents consents={request.approvals} />
      <Comments request={request} />
      {request.csr !== null && (
        <Section title={t("requests.csr")}>
          <PemView text={request.csr} name="request.csr" label={t("requests.csr")} />
        </Section>
      )}
    </>
  );
}
