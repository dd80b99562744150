import { Link } from "@tanstack/react-router";
import { Clock, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Certificate, WaitingForApproval } from "@/api";
import { Moment } from "@/components/moment";
import { PemView } from "@/components/pem-view";
import { SecretFileCard } from "@/components/secret-file-card";
import { Button } from "@/components/ui/button";
import { fileName } from "@/lib/download";
import { confirmLeave } from "@/lib/leave-guard";
import { displayName } from "@/lib/names";
import type { Outcome } from "../mutations";
import { DownloadMenu } from "../parts/download-menu";

/** The result: the private key to save, and the certificate or what it waits for. */
export function IssuedView({ outcome, onAgain }: { outcome: Outcome; onAgain: () => void }) {
  const { t } = useTranslation();
  const { result, secret } = outcome;
  const isWaiting = result instanceof WaitingForApproval;
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      {secret !== undefined && (
        <SecretFileCard id={secret}>
          {isWaiting && <p className="mt-1 text-muted">{t("issue.combineLater")}</p>}
        </SecretFileCard>
      )}
      {isWaiting ? <WaitingRow waiting={result} /> : <CertificateRow certificate={result} />}
      {!isWaiting && <PemView text={result.pem} name={fileName(displayName(result), "pem")} label="PEM" />}
      <div>
        <Button variant="ghost" onClick={async () => (await confirmLeave()) && onAgain()}>
          {t("issue.again")}
        </Button>
      </div>
    </div>
  );
}

function CertificateRow({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  return (
    <Row
      icon={<ShieldCheck aria-hidden className="size-5 text-good" />}
      title={displayName(certificate)}
      detail={
        <>
          <Moment time={certificate.not_before} precise /> {t("certificates.to")}{" "}
          <Moment time={certificate.not_after} precise />
        </>
      }
    >
      <DownloadMenu certificate={certificate} />
      <Button asChild>
        <Link to="/certificates/$id" params={{ id: certificate.id }}>
          {t("issue.open")}
        </Link>
      </Button>
    </Row>
  );
}

function WaitingRow({ waiting }: { waiting: WaitingForApproval }) {
  const { t } = useTranslation();
  return (
    <Row
      icon={<Clock aria-hidden className="size-5 text-warning" />}
      title={t("approvals.waiting")}
      detail={t("issue.waitingHelp")}
    >
      <Button asChild>
        <Link {...waiting.waitsAt}>{t("approvals.look")}</Link>
      </Button>
    </Row>
  );
}

interface RowProps {
  icon: ReactNode;
  title: string;
  detail: ReactNode;
  children: ReactNode;
}

function Row({ icon, title, detail, children }: RowProps) {
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg border bg-surface p-4">
      {icon}
      <div className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
        <p className="font-medium">{title}</p>
        <p className="text-xs text-muted">{detail}</p>
      </div>
      {children}
    </div>
  );
}
