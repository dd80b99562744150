import type { TFunction } from "i18next";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { PemView } from "@/components/pem-view";
import { Button } from "@/components/ui/button";
import { Tabs } from "@/components/ui/tabs";
import { download, fileName } from "@/lib/download";
import { useCas } from "../queries";
import { type Distrust, findDistrust } from "./trust";
import { ANCHOR_SYSTEMS, type AnchorSystem, trustCommands } from "./trust-commands";

const LABELS: Record<AnchorSystem, string> = {
  debian: "Debian, Ubuntu",
  redhat: "Red Hat, Fedora",
  windows: "Windows",
  macos: "macOS",
  java: "Java",
  firefox: "Firefox",
};

/** Says why a CA must not, or need not yet, be trusted. */
export function distrustText(t: TFunction, { state, ca: cause }: Distrust, ca: Ca): string {
  if (cause.id === ca.id) return t(`cas.about.${state}`);
  return t(state === "expired" ? "cas.about.aboveExpired" : "cas.about.aboveRevoked", { name: cause.name });
}

/** How computers come to trust this CA; no instructions for one that must not be trusted. */
export function TrustAnchor({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const [system, setSystem] = useState<AnchorSystem>("debian");
  const distrust = findDistrust(ca, useCas().data?.items ?? [], new Date());
  const certificates = ca.keys[0]?.certificates;
  // After a rotation the newest certificate of a root's key is a cross-certificate, which must not become a trust anchor.
  const pem = (certificates?.find((one) => one.kind === "self-signed") ?? certificates?.[0])?.pem;
  if (pem === undefined) return <p className="text-sm text-muted">{t("cas.noCertificate")}</p>;
  if (distrust) {
    return (
      <p
        role="status"
        className="max-w-3xl rounded-md border border-warning bg-warning-bg px-3 py-2 text-sm text-warning"
      >
        {distrustText(t, distrust, ca)} {t("cas.noInstall")}
      </p>
    );
  }
  const file = fileName(ca.name, "crt");
  return (
    <div className="max-w-3xl">
      <p className="mb-4 text-sm text-muted">{ca.parent === null ? t("cas.anchorHelp") : t("cas.notAnchor")}</p>
      <Button className="mb-5" onClick={() => download(pem, file, "application/x-pem-file")}>
        <Download aria-hidden />
        {t("common.downloadAs", { name: file })}
      </Button>
      <Tabs
        label={t("cas.tab.anchor")}
        value={system}
        onChange={setSystem}
        tabs={ANCHOR_SYSTEMS.map((one) => ({
          value: one,
          label: LABELS[one],
          content: <PemView text={trustCommands(one, file)} name={`${one}.txt`} label={LABELS[one]} />,
        }))}
      />
    </div>
  );
}
