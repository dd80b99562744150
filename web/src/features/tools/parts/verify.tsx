import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { VerifyAnswer } from "@/api";
import { Chain } from "@/components/chain";
import { FileDrop } from "@/components/file-drop";
import { ErrorNotice } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field, Input, Tick } from "@/components/ui/field";
import { shortened } from "@/lib/hex";
import { commonName } from "@/lib/names";
import { parseSans } from "@/lib/sans";
import { useVerify } from "../mutations";

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Whether a certificate is trusted, and every reason against it. */
export function VerifyForm() {
  const { t } = useTranslation();
  const [data, setData] = useState("");
  const [anchors, setAnchors] = useState("");
  const [name, setName] = useState("");
  const [strict, setStrict] = useState(false);
  const verify = useVerify();
  const run = () => {
    const [certificate = data, ...intermediates] = data.match(BLOCK) ?? [];
    const own = anchors.match(BLOCK);
    const [wanted] = parseSans(name);
    verify.mutate({
      certificate,
      intermediates,
      strict,
      ...(own && { trust_anchors: own }),
      ...(wanted && { name: wanted }),
    });
  };
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Field label={t("tools.chain")} help={t("tools.chainHelp")}>
        <FileDrop value={data} onChange={setData} />
      </Field>
      <Field label={t("tools.anchors")} optional={t("common.optional")} help={t("tools.anchorsHelp")}>
        <FileDrop value={anchors} onChange={setAnchors} rows={3} />
      </Field>
      <Field label={t("tools.name")} optional={t("common.optional")} help={t("tools.nameHelp")} className="max-w-sm">
        <Input value={name} onChange={(event) => setName(event.target.value)} placeholder="www.example.com" />
      </Field>
      <div>
        <Tick label={t("tools.strict")} checked={strict} onChange={(event) => setStrict(event.target.checked)} />
        <p className="text-xs text-muted">{t("tools.strictHelp")}</p>
      </div>
      <div>
        <Button variant="primary" disabled={data.trim() === ""} busy={verify.isPending} onClick={run}>
          {t("tools.verify")}
        </Button>
      </div>
      <ErrorNotice error={verify.failure} />
      {verify.data && <Verdict verdict={verify.data} />}
    </div>
  );
}

function Verdict({ verdict }: { verdict: VerifyAnswer }) {
  const { t } = useTranslation();
  const links = verdict.path.map((one, index) => ({
    id: one.fingerprint_sha256,
    isCurrent: index === 0,
    title: commonName(one.subject) || shortened(one.fingerprint_sha256),
    detail: one.subject,
  }));
  return (
    <div className="flex flex-col gap-4">
      <p>
        {verdict.valid ? (
          <Badge tone="good">{t("tools.trusted")}</Badge>
        ) : (
          <Badge tone="danger">{t("tools.untrusted")}</Badge>
        )}
      </p>
      {verdict.reasons.length > 0 && (
        <ul className="list-disc space-y-1 pl-5 text-sm">
          {verdict.reasons.map((reason) => (
            <li key={`${reason.code}-${reason.certificate}-${reason.message}`}>
              {reason.message} <span className="font-mono text-xs text-muted">{reason.code}</span>
            </li>
          ))}
        </ul>
      )}
      {links.length > 0 && <Chain label={t("certificates.tab.chain")} links={links.reverse()} />}
    </div>
  );
}
