import type { TFunction } from "i18next";
import { duration, exact } from "@/lib/time";

/** What is a list in a plan, as text; nothing where it is none. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Key usage bits in words. */
export function usageTexts(t: TFunction, bits: unknown): readonly string[] {
  return textsOf(bits).map((bit) => t(`certificates.keyUsage.${bit}` as "certificates.keyUsage.digitalSignature"));
}

/** Purposes that a decoded request contains by name. */
const PURPOSES: Readonly<Record<string, string>> = {
  anyExtendedKeyUsage: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  OCSPSigning: "1.3.6.1.5.5.7.3.9",
};

/** Purposes in words, of their OIDs or their names; one that has no words stays as it is. */
export function purposeTexts(t: TFunction, purposes: unknown): readonly string[] {
  return textsOf(purposes).map((told) => {
    const oid = PURPOSES[told] ?? told;
    return t(`profiles.purposes.${oid.replaceAll(".", "_")}` as "profiles.purposes.any", { defaultValue: told });
  });
}

/** A plan's validity: how long (ISO 8601), or one end or both; the profile's own where it says nothing. */
export function validityText(t: TFunction, language: string, validity: unknown): readonly string[] {
  const { duration: lasting, not_before, not_after } = validity as Record<string, string | null>;
  const told = [
    lasting && t("requests.validityLasts", { duration: duration(lasting, language) }),
    not_before && `${t("requests.validityFrom")} ${exact(new Date(not_before), language)}`,
    not_after && `${t("requests.validityUntil")} ${exact(new Date(not_after), language)}`,
  ].filter((one) => typeof one === "string" && one !== "");
  return told.length > 0 ? (told as string[]) : [t("requests.validityUsual")];
}

/** The custom extensions of a plan, which has none if its profile has none: OID and value. */
export function extensionTexts(extensions: unknown): readonly string[] {
  if (!Array.isArray(extensions)) return [];
  return (extensions as { oid: string; value: string }[]).map(({ oid, value }) => `${oid}: ${value}`);
}
