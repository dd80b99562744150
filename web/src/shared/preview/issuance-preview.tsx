import { useTranslation } from "react-i18next";
import type { CertificatePreview, LintFinding } from "@/api";
import { type Finding, Findings } from "@/components/findings";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Badge } from "@/components/ui/badge";
import { Extensions } from "./extensions";

/** A finding of lint with its rule, clause and place. */
export function lintText({ severity, message, rule, citation, where }: LintFinding): Finding {
  return { severity, message, detail: [rule, citation, where].filter(Boolean).join(" · ") };
}

/** The certificate that would be issued, with its lint findings; or why none would be issued. */
export function IssuancePreview({ preview }: { preview: CertificatePreview }) {
  const { t } = useTranslation();
  const { sound, certificate, notes, findings, refusals } = preview;
  const messages: Finding[] = [
    ...refusals.map((one) => ({ severity: "error", message: one.message, detail: `${one.field} · ${one.rule}` })),
    ...findings.map(lintText),
  ];
  return (
    <div className="flex flex-col gap-3">
      <p>
        <Badge tone={sound ? "good" : "danger"}>{t(sound ? "preview.sound" : "preview.unsound")}</Badge>
      </p>
      <Findings findings={messages} />
      {certificate && (
        <>
          <KeyValues
            pairs={[
              { label: t("certificates.fact.subject"), value: certificate.subject },
              { label: t("certificates.fact.issuer"), value: certificate.issuer },
              { label: t("certificates.fact.names"), value: certificate.sans.join(", ") },
              {
                label: t("certificates.fact.valid"),
                value: certificate.not_before && certificate.not_after && (
                  <>
                    <Moment time={certificate.not_before} precise /> {t("certificates.to")}{" "}
                    <Moment time={certificate.not_after} precise />
                  </>
                ),
              },
              { label: t("certificates.column.key"), value: certificate.key?.type },
              { label: t("preview.signature"), value: certificate.signature_algorithm },
              { label: t("requests.notes"), value: notes.length > 0 && <span lang="en">{notes.join(" ")}</span> },
            ]}
          />
          <Extensions extensions={certificate.extensions} />
          <p className="text-xs text-muted">{t("preview.placeholders")}</p>
        </>
      )}
    </div>
  );
}
