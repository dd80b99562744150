import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Ca, toApiError, useRefresh } from "@/api";
import { FileDrop } from "@/components/file-drop";
import { Page, Section } from "@/components/page";
import { PemView } from "@/components/pem-view";
import { ErrorNotice } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { toast } from "@/components/ui/toast";
import { fileName } from "@/lib/download";
import { useLeaveGuard } from "@/lib/leave-guard";
import { CaFrame } from "../parts/ca-frame";

/** A CA below an authority that is not ours: a request goes out, a certificate with its chain comes back. */
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
  const request = useMutation(api.requestCaCertificateMutation());
  return (
    <Section title={t("cas.external.step1")}>
      <p className="mb-3 text-sm text-muted">{t("cas.external.step1Help")}</p>
      <ErrorNotice error={request.error ? toApiError(request.error) : null} />
      {request.data ? (
        <PemView text={request.data.csr} name={fileName(ca.name, "csr")} label={t("cas.external.csr")} />
      ) : (
        <Button className="mt-1" busy={request.isPending} onClick={() => request.mutate({ path: { ca: ca.id } })}>
          {t("cas.external.make")}
        </Button>
      )}
    </Section>
  );
}

function Install({ ca }: { ca: Ca }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const refresh = useRefresh("ca");
  const [chain, setChain] = useState("");
  const [isMissing, setMissing] = useState(false);
  useLeaveGuard("draft", chain !== "");
  const install = useMutation({
    ...api.installCaCertificateMutation(),
    onSuccess: async () => {
      await refresh();
      toast(t("cas.external.installed", { name: ca.name }));
      await navigate({ to: "/cas/$ca", params: { ca: ca.id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(chain.trim() === "");
    if (chain.trim() !== "") install.mutate({ path: { ca: ca.id }, body: { certificate_chain: chain } });
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
        <ErrorNotice error={install.error ? toApiError(install.error) : null} />
        <Button type="submit" variant="primary" busy={install.isPending}>
          {t("cas.external.install")}
        </Button>
      </form>
    </Section>
  );
}
