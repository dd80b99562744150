import type { TFunction } from "i18next";
import type { KeyValue } from "@/components/key-values";
import type { CustomRole } from "./queries";

/** On what a role works, limit by limit; what has no limit says so. */
export function scopePairs(t: TFunction, role: CustomRole, caName: (id: string) => string): KeyValue[] {
  const listed = (values: readonly string[] | null) => (values === null ? t("rights.noLimit") : values.join(", "));
  return [
    { label: t("cas.title"), value: listed(role.cas?.map(caName) ?? null) },
    { label: t("profiles.title"), value: listed(role.profiles) },
    { label: t("certificates.fact.names"), value: listed(role.names) },
    { label: t("rights.whose"), value: t(`rights.reach.${role.reach}`) },
  ];
}
