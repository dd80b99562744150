import { useTranslation } from "react-i18next";
import type { DecodedObject } from "@/api";
import { HexText } from "@/components/hex-text";
import { KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Badge } from "@/components/ui/badge";
import { Extensions } from "@/shared/preview";

/** One decoded object, and what is inside of it. */
export function DecodedView({ object }: { object: DecodedObject }) {
  const { t } = useTranslation();
  const details = Object.entries(object.details).filter(([, value]) => value !== null && value !== false);
  return (
    <article className="flex flex-col gap-3">
      <h2 className="text-base">{t(`tools.kind.${object.kind}`)}</h2>
      {object.warnings.map((warning) => (
        <p key={warning}>
          <Badge tone="warning">{warning}</Badge>
        </p>
      ))}
      <KeyValues
        pairs={[
          { label: t("certificates.fact.subject"), value: object.subject },
          { label: t("certificates.fact.issuer"), value: object.issuer },
          { label: t("certificates.fact.names"), value: object.sans.join(", ") },
          {
            label: t("certificates.fact.valid"),
            value: object.not_before && object.not_after && (
              <>
                <Moment time={object.not_before} precise /> {t("certificates.to")}{" "}
                <Moment time={object.not_after} precise />
              </>
            ),
          },
          { label: t("certificates.column.key"), value: object.key?.type },
          { label: t("tools.signature"), value: object.signature_algorithm },
          {
            label: t("certificates.column.serial"),
            value: object.serial_number && (
              <HexText hex={object.serial_number} name={t("certificates.column.serial")} />
            ),
          },
          {
            label: "SHA-256",
            value: object.fingerprint_sha256 && <HexText hex={object.fingerprint_sha256} name="SHA-256" />,
          },
          {
            label: t("tools.details"),
            value: details.length > 0 && (
              <pre className="max-h-72 overflow-auto font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
                {JSON.stringify(Object.fromEntries(details), null, 2)}
              </pre>
            ),
          },
        ]}
      />
      {object.extensions.length > 0 && <Extensions extensions={object.extensions} />}
      {object.contents.length > 0 && (
        <div className="ml-3 flex flex-col gap-5 border-l pl-4">
          {object.contents.map((inner, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may be equal
            <DecodedView key={index} object={inner} />
          ))}
        </div>
      )}
    </article>
  );
}
