import type { TFunction } from "i18next";
import type { AuditEvent } from "@/api";
import { outcomeText } from "./words";

/** `certificate.issued` as a sentence begins: "Certificate issued"; a refusal says so. */
export function actionText(t: TFunction, event: Pick<AuditEvent, "action" | "outcome">): string {
  const [noun = "", verb = ""] = event.action.split(".");
  const words = [
    t(`auditWords.noun.${noun}` as "auditWords.noun.ca", { defaultValue: plain(noun) }),
    t(`auditWords.verb.${verb}` as "auditWords.verb.made", { defaultValue: plain(verb) }),
  ];
  const text = words.join(" ");
  return event.outcome === "success" ? text : t("audit.failed", { text, outcome: outcomeText(t, event.outcome) });
}

function plain(word: string): string {
  return word.replaceAll(/[_-]/g, " ");
}
