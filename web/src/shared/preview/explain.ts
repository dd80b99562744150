import type { TFunction } from "i18next";
import type { DecodedExtension } from "@/api";

type Value = DecodedExtension["value"];

/** Describes an extension in one line; shows its raw value if it is unknown. */
export function explain(t: TFunction, extension: DecodedExtension): string {
  const { name, value } = extension;
  switch (name) {
    case "basicConstraints":
      return constraints(t, value);
    case "keyUsage":
      return list(value)
        .map((bit) => word(t, "keyUsage", bit))
        .join(", ");
    case "extKeyUsage":
      return t("certificates.explain.onlyFor", {
        purposes: list(value)
          .map((one) => word(t, "eku", one))
          .join(", "),
      });
    case "subjectAltName":
      return list(value).join(", ");
    case "authorityKeyIdentifier":
      return t("certificates.explain.authorityKey");
    case "subjectKeyIdentifier":
      return t("certificates.explain.subjectKey");
    case "cRLDistributionPoints":
      return t("certificates.explain.crl", { where: locations(value) });
    case "authorityInfoAccess":
      return t("certificates.explain.aia", { where: locations(value) });
    case "ocspNoCheck":
    case "noRevAvail":
      return t(`certificates.explain.${name}`);
    default:
      return t("certificates.explain.unknown");
  }
}

function constraints(t: TFunction, value: Value): string {
  const { ca, path_length: length } = value as { ca?: boolean; path_length?: number | null };
  if (!ca) return t("certificates.explain.leaf");
  if (length === null || length === undefined) return t("certificates.explain.ca");
  return length === 0 ? t("certificates.explain.caLeaves") : t("certificates.explain.caLength", { count: length });
}

function list(value: Value): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function word(t: TFunction, kind: "keyUsage" | "eku", name: string): string {
  return t(`certificates.${kind}.${name}` as "certificates.eku.serverAuth", { defaultValue: name });
}

/** Every address in a value, wherever it stands. */
function locations(value: Value): string {
  const found = JSON.stringify(value).match(/(?:https?|ldap):[^"]+/g) ?? [];
  return [...new Set(found)].join(", ");
}
