import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Certificate } from "@/api";
import { PemView } from "@/components/pem-view";
import { Tabs } from "@/components/ui/tabs";
import { fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { pkcs12Command, SYSTEMS, type System, snippet } from "./snippets";

const LABELS: Record<System, string> = {
  nginx: "nginx",
  apache: "Apache",
  haproxy: "HAProxy",
  kubernetes: "Kubernetes",
  java: "Java",
  windows: "Windows",
};

/** How it is put to work, for the programs that most people have. */
export function Install({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const [system, setSystem] = useState<System>("nginx");
  const name = displayName(certificate);
  const { state } = certificate;
  if (state !== "valid") return <p className="text-sm text-muted">{t(`certificates.notInstalled.${state}`)}</p>;
  return (
    <div className="max-w-3xl">
      <p className="mb-4 text-sm text-muted">{t("certificates.installHelp")}</p>
      <Tabs
        label={t("certificates.tab.install")}
        value={system}
        onChange={setSystem}
        tabs={SYSTEMS.map((one) => ({
          value: one,
          label: LABELS[one],
          content: <PemView text={snippet(one, name)} name={`${one}.txt`} label={LABELS[one]} />,
        }))}
      />
      <PrivateKey name={name} />
    </div>
  );
}

/** Which file holds the private key, and how to combine it with the certificate. */
function PrivateKey({ name }: { name: string }) {
  const { t } = useTranslation();
  const files = { name: fileName(name, "key"), waiting: fileName(`${name}-REQUEST_ID`, "key") };
  return (
    <section className="mt-7">
      <h2 className="mb-2 text-base">{t("certificates.keyFile")}</h2>
      <p className="mb-4 text-sm text-muted [overflow-wrap:anywhere]">{t("certificates.keyFileHelp", files)}</p>
      <PemView text={pkcs12Command(name)} name="pkcs12.txt" label="openssl" />
      <p className="mt-4 text-sm text-muted">{t("certificates.keyFileCheck")}</p>
    </section>
  );
}
