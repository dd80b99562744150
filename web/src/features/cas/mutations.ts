import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import {
  type Ca,
  type CaBody,
  type CaKey,
  type CrossSignBody,
  type RevocationReason,
  type RotationBody,
  rest,
} from "@/api";
import { useChange } from "@/shared/change";
import type { CaAct } from "./parts/consequences";

/** Creates a CA and opens its page. */
export function useCreateCa() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return useChange({
    send: (body: CaBody) => rest.createCa({ body }),
    changes: ["ca"],
    message: (ca) => t("cas.created", { name: ca.name }),
    onDone: (ca) =>
      navigate({ to: ca.state === "pending" ? "/cas/$ca/certificate" : "/cas/$ca", params: { ca: ca.id } }),
  });
}

/** Suspends, resumes, retires, or revokes a CA; a reason is sent with a revocation only. */
export function useControlCa(act: CaAct, ca: Ca, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: (reason: RevocationReason) => controlCa(act, ca.id, reason),
    changes: ["ca", "certificate", "issuer_key"],
    message: t(`cas.done.${act}`, { name: ca.name }),
    onDone,
  });
}

function controlCa(act: CaAct, ca: string, reason: RevocationReason): Promise<{ data: unknown }> {
  const path = { ca };
  switch (act) {
    case "suspend":
      return rest.suspendCa({ path });
    case "resume":
      return rest.resumeCa({ path });
    case "retire":
      return rest.retireCa({ path });
    case "revoke":
      return rest.revokeCa({ path, body: { reason } });
  }
}

export function useRotateCa(ca: Ca) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return useChange({
    send: (body: RotationBody) => rest.rotateCa({ path: { ca: ca.id }, body }),
    changes: ["ca", "issuer_key"],
    message: ({ keys }) => t(keys.some((key) => key.state === "next") ? "cas.rotate.planned" : "cas.rotate.switched"),
    onDone: () => navigate({ to: "/cas/$ca", params: { ca: ca.id }, search: { tab: "keys" } }),
  });
}

export function useCancelRotation(ca: Ca, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: () => rest.cancelRotation({ path: { ca: ca.id } }),
    changes: ["ca", "issuer_key"],
    message: t("cas.rotate.cancelled"),
    onDone,
  });
}

export function useDestroyKey(key: CaKey, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: () => rest.destroyKey({ path: { key: key.id } }),
    changes: ["ca", "issuer_key"],
    message: t("cas.key.destroyed"),
    onDone,
  });
}

/** Certifies another CA, and opens the certificate. */
export function useCrossSign(ca: Ca) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return useChange({
    send: (body: CrossSignBody) => rest.crossSign({ path: { ca: ca.id }, body }),
    changes: ["ca", "certificate"],
    message: t("cas.cross.done"),
    onDone: (certificate) => navigate({ to: "/certificates/$id", params: { id: certificate.id } }),
  });
}

export function usePublishCrl(ca: Ca) {
  const { t } = useTranslation();
  return useChange({
    send: () => rest.publishCrl({ path: { ca: ca.id } }),
    changes: ["ca"],
    message: t("cas.published"),
    isFailureToast: true,
  });
}

/** Publishes a CRL of an external CA, which was signed elsewhere. */
export function useUploadCrl(ca: Ca, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: (crl: string) => rest.uploadCrl({ path: { ca: ca.id }, body: { crl } }),
    changes: ["ca"],
    message: t("cas.published"),
    onDone,
  });
}

/** Creates the CSR of a CA whose parent is external. */
export function useRequestCaCertificate(ca: Ca) {
  return useChange({ send: () => rest.requestCaCertificate({ path: { ca: ca.id } }) });
}

/** Installs the certificate that an external CA has issued, with its chain. */
export function useInstallCaCertificate(ca: Ca) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return useChange({
    send: (chain: string) => rest.installCaCertificate({ path: { ca: ca.id }, body: { certificate_chain: chain } }),
    changes: ["ca"],
    message: t("cas.external.installed", { name: ca.name }),
    onDone: () => navigate({ to: "/cas/$ca", params: { ca: ca.id } }),
  });
}
