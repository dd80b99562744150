import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Ca } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Page, Section } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { fileName } from "@/lib/download";
import { useLeaveGuard } from "@/lib/leave-guard";
import { useInstallCaCertificate, useRequestCaCertificate } from "../mutations";
import { CaFrame } from "../parts/ca-frame";

/** A CA below an external parent: exports its CSR and installs the certificate with its chain. */
export function ExternalParentPage({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <CaFrame id={id} unnamed={t("cas.external.title")}>
      {(ca, crumbs) => (
        <Page title={t("cas.external.titleOf", { name: ca.name })} purpose={t("cas.external.purpose")} crumbs={crumbs}>
          <div className="max-w-3xl">
            <AskOutside ca={ca} />
            <Install ca={ca} />
          </div>
        </Page>
      )}
    </CaFrame>
  );
}

function AskOutside({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const request = useRequestCaCertificate(ca);
  return (
    <Section title={t("cas.external.step1")}>
      <p className="mb-3 text-sm text-muted">{t("cas.external.step1Help")}</p>
      <ErrorNotice error={request.failure} />
      {request.data ? (
        <PemView text={request.data.csr} name={fileName(ca.name, "csr")} label={t("cas.external.csr")} />
      ) : (
        <Button className="mt-1" busy={request.isPending} onClick={() => request.mutate()}>
          {t("cas.external.make")}
        </Button>
      )}
    </Section>
  );
}

function Install({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const [chain, setChain] = useState("");
  const [isMissing, setMissing] = useState(false);
  useLeaveGuard("draft", chain !== "");
  const install = useInstallCaCertificate(ca);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(chain.trim() === "");
    if (chain.trim() !== "") install.mutate(chain);
  };
  return (
    <Section title={t("cas.external.step2")}>
      <form onSubmit={submit} className="flex flex-col items-start gap-4">
        <Field
          className="w-full"
          label={t("cas.external.chain")}
          help={t("cas.external.chainHelp")}
          error={isMissing ? t("cas.external.chainMissing") : undefined}
        >
          <FileDrop value={chain} onChange={setChain} />
        </Field>
        <ErrorNotice error={install.failure} />
        <Button type="submit" variant="primary" busy={install.isPending}>
          {t("cas.external.install")}
        </Button>
      </form>
    </Section>
  );
}
