import { useTranslation } from "react-i18next";
import type { Credential } from "@/api";
import { CopyButton } from "@/components/copy-button";
import { type KeyValue, KeyValues } from "@/components/key-values";
import { Moment } from "@/components/moment";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { useCaNames } from "@/features/cas";
import { roleName } from "@/features/session";
import { Configuration } from "./configuration";
import { Devices } from "./devices";

/** A credential: its limits, its devices, and the configuration of its clients, without the secret. */
export function CredentialDetails({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const { t } = useTranslation();
  const facts = useFacts(credential);
  return (
    <Dialog open wide onOpenChange={onClose} title={credential.name} description={t("enrollment.detailsHelp")}>
      <div className="flex flex-col gap-4">
        <KeyValues pairs={facts} />
        {credential.devices > 0 && <Devices credential={credential} />}
        <Configuration credential={credential} secret={null} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>{t("common.close")}</Button>
      </DialogActions>
    </Dialog>
  );
}

function useFacts(credential: Credential): KeyValue[] {
  const { t } = useTranslation();
  const cas = useCaNames();
  const { protocol, names, single_use: isSingleUse, validator, ra_certificate: ra, last_used_at: used } = credential;
  const uses = isSingleUse ? "enrollment.once" : "enrollment.repeated";
  const caNames = credential.cas?.map((id) => cas.get(id)?.name ?? id).join(", ");
  return [
    { label: t(`enrollment.url.${protocol}`), value: <Copyable text={credential.url} /> },
    protocol === "scep"
      ? { label: t("enrollment.use"), value: validator ? t("enrollment.validatedBy", { validator }) : t(uses) }
      : { label: t(`enrollment.id.${protocol}`), value: <Copyable text={credential.id} /> },
    { label: t("certificates.column.ca"), value: caNames ?? t("common.all") },
    { label: t("certificates.column.profile"), value: credential.profiles?.join(", ") ?? t("common.all") },
    { label: t("enrollment.names"), value: names === null ? t("enrollment.notLimited") : names.join(", ") },
    ...(credential.server_keys ? [{ label: t("enrollment.serverKeysFact"), value: t("enrollment.allowed") }] : []),
    ...(credential.pre_authorized ? [{ label: t("enrollment.validation"), value: t("enrollment.noValidation") }] : []),
    ...(credential.legacy_algorithms ? [{ label: t("enrollment.legacyFact"), value: t("enrollment.allowed") }] : []),
    ...(ra ? [{ label: t("enrollment.reference.ra_certificate"), value: <Copyable text={ra} /> }] : []),
    { label: t("common.role"), value: roleName(t, credential.role) },
    { label: t("common.expires"), value: <Moment precise time={credential.expires} /> },
    { label: t("tokens.used"), value: used ? <Moment precise time={used} /> : t("tokens.never") },
  ];
}

function Copyable({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 break-all font-mono text-xs leading-6">{text}</span>
      <CopyButton text={text} label={t("common.copy", { what: text })} />
    </span>
  );
}
