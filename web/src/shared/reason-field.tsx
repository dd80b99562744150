import { useTranslation } from "react-i18next";
import type { RevocationReason } from "@/api";
import { Field, Select } from "@/components/ui/field";

const REASONS = {
  certificate: [
    "superseded",
    "cessationOfOperation",
    "keyCompromise",
    "affiliationChanged",
    "privilegeWithdrawn",
    "unspecified",
  ],
  ca: ["cessationOfOperation", "superseded", "cACompromise", "unspecified"],
} as const satisfies Record<string, readonly RevocationReason[]>;

interface ReasonFieldProps {
  /** What is revoked: each has reasons of its own. */
  of: keyof typeof REASONS;
  value: RevocationReason;
  onChange: (reason: RevocationReason) => void;
}

/** The reason for a revocation, which relying parties read in the CRL. */
export function ReasonField({ of, value, onChange }: ReasonFieldProps) {
  const { t } = useTranslation();
  const reasons: readonly RevocationReason[] = REASONS[of];
  return (
    <Field label={t("certificates.reason")} help={t("certificates.reasonHelp")}>
      <Select
        value={value}
        onChange={(event) => onChange(reasons.find((one) => one === event.target.value) ?? "unspecified")}
      >
        {REASONS[of].map((one) => (
          <option key={one} value={one}>
            {t(`reason.${one}`)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
