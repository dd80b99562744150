import type { TFunction } from "i18next";
import type { Grant } from "@/api";
import type { KeyValue } from "@/components/key-values";

/** On what a role or a grant works, limit by limit; what has no limit says so. */
export function scopePairs(t: TFunction, role: Omit<Grant, "permissions">, caName: (id: string) => string): KeyValue[] {
  const listed = (values: readonly string[] | null) => (values === null ? t("rights.noLimit") : values.join(", "));
  return [
    { label: t("cas.title"), value: listed(role.cas?.map(caName) ?? null) },
    { label: t("profiles.title"), value: listed(role.profiles) },
    { label: t("certificates.fact.names"), value: listed(role.names) },
    { label: t("rights.whose"), value: t(`rights.reach.${role.reach}`) },
  ];
}
