import { Link } from "@tanstack/react-router";
import { KeyRound, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { bytesOfBase64, download, fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { DownloadMenu } from "../download-menu";
import type { Issued } from "./use-issue";

/** What came out of it. The private key is here and nowhere else: it says so until it is taken away. */
export function IssuedView({ issued, onAgain }: { issued: Issued; onAgain: () => void }) {
  const { t } = useTranslation();
  const { certificate, privateKey } = issued;
  const name = displayName(certificate);
  const file = "private_key" in certificate ? certificate.private_key : null;
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      {privateKey && (
        <KeyCard text={t("issue.keyHere")}>
          <Button
            variant="primary"
            onClick={() => download(privateKey, fileName(name, "key"), "application/x-pem-file")}
          >
            {t("issue.saveKey")}
          </Button>
        </KeyCard>
      )}
      {file && (
        <KeyCard text={t("issue.fileHere")}>
          <Button
            variant="primary"
            onClick={() => download(bytesOfBase64(file), fileName(name, "p12"), "application/x-pkcs12")}
          >
            {t("issue.saveFile")}
          </Button>
        </KeyCard>
      )}
      <div className="flex flex-wrap items-center gap-2 rounded-lg border bg-surface p-4">
        <ShieldCheck aria-hidden className="size-5 text-good" />
        <span className="min-w-0 flex-1 font-medium [overflow-wrap:anywhere]">{name}</span>
        <DownloadMenu certificate={certificate} />
        <Button asChild>
          <Link to="/certificates/$id" params={{ id: certificate.id }}>
            {t("issue.open")}
          </Link>
        </Button>
      </div>
      <PemView text={certificate.pem} name={fileName(name, "pem")} label="PEM" />
      <div>
        <Button variant="ghost" onClick={onAgain}>
          {t("issue.again")}
        </Button>
      </div>
    </div>
  );
}

function KeyCard({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-lg border border-accent bg-accent-soft p-4">
      <KeyRound aria-hidden className="size-5 text-accent" />
      <p className="min-w-0 flex-1 basis-60 text-sm">{text}</p>
      {children}
    </div>
  );
}
