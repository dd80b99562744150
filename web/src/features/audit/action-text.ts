import type { TFunction } from "i18next";
import type { AuditEvent } from "@/api";

const ABBREVIATIONS = /\b(ca|crl|ocsp|tls|kms|totp)\b/g;

/** `certificate.issued` as a sentence begins: "Certificate issued"; a refusal says so. */
export function actionText(t: TFunction, event: Pick<AuditEvent, "action" | "outcome">): string {
  const words = event.action.replace(/[._-]/g, " ").replace(ABBREVIATIONS, (word) => word.toUpperCase());
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return event.outcome === "success" ? text : t("audit.failed", { text, outcome: event.outcome });
}
