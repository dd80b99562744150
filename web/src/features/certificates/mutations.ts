import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import {
  type Certificate,
  type ChangeKind,
  done,
  type KeyedCertificate,
  type RevocationReason,
  rest,
  WaitingForApproval,
} from "@/api";
import { isBrowserKey } from "@/lib/browser-key";
import { bytesOfBase64, download, fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { parseSans } from "@/lib/sans";
import { keepSecretFile, PKCS12, renameSecretFile } from "@/lib/secret-files";
import { exact } from "@/lib/time";
import { useChange } from "@/shared/change";
import { bodyOf, type IssueForm, keyOf } from "./issue/form";
import { type Kept, useKeptKey } from "./issue/kept-key";
import type { FORMATS } from "./parts/formats";

const CHANGES = ["certificate", "request", "job"] as const satisfies readonly ChangeKind[];

export function useHoldCertificate({ id }: Certificate, onDone: () => void) {
  return useChange({
    send: () => rest.holdCertificate({ path: { certificate: id } }),
    changes: CHANGES,
    onDone,
  });
}

export function useReleaseCertificate({ id }: Certificate, onDone?: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: () => rest.releaseCertificate({ path: { certificate: id } }),
    changes: CHANGES,
    ...(onDone && { message: t("certificates.done.release"), onDone }),
  });
}

export function useRevokeCertificate({ id }: Certificate, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: (reason: RevocationReason) => rest.revokeCertificate({ path: { certificate: id }, body: { reason } }),
    changes: CHANGES,
    message: t("certificates.done.revoke"),
    onDone,
  });
}

/** Renews a certificate for a validity period, "" for the profile's, and opens the new one. */
export function useRenewCertificate({ id }: Certificate, onDone: () => void) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  return useChange({
    send: (validity: string) =>
      rest.renewCertificate({ path: { certificate: id }, body: { ...(validity && { validity }) } }),
    changes: CHANGES,
    message: (renewed) => t("certificates.done.renew", { until: exact(new Date(renewed.not_after), i18n.language) }),
    onDone: (renewed) => {
      onDone();
      return navigate({ to: "/certificates/$id", params: { id: renewed.id } });
    },
  });
}

/** Stores a certificate as a file. */
export function useDownloadCertificate(certificate: Certificate) {
  return useChange({
    send: async ({ format, extension }: (typeof FORMATS)[number]) => {
      const path = { certificate: certificate.id };
      const { data } = await rest.exportCertificate({ path, query: { format }, parseAs: "blob" });
      download(data as Blob, fileName(displayName(certificate), extension));
      return { data: undefined };
    },
    isFailureToast: true,
  });
}

export type Outcome = Kept<Certificate | WaitingForApproval>;

/** Generates the key in its place and has the certificate issued: a new one, or one that replaces `rekeys`. */
export function useIssue(rekeys: string | undefined, onDone: (outcome: Outcome) => void) {
  const sendWithKey = useKeptKey();
  return useChange({
    send: async (form: IssueForm): Promise<{ data: Outcome }> => {
      const type = form.source === "browser" && isBrowserKey(form.keyType) ? form.keyType : undefined;
      const name = displayName({ subject: form.subject.trim(), sans: parseSans(form.sans) });
      const kept = await sendWithKey(type, name, (csr) =>
        certify(form, form.source === "csr" ? form.csr : csr, rekeys).catch(waitOr),
      );
      return { data: named(kept, name) };
    },
    changes: CHANGES,
    onDone,
  });
}

/** The key's file has the certificate's name; until there is one, the request's ID, which leads back to it. */
function named({ result, secret }: Kept<Certificate | KeyedCertificate | WaitingForApproval>, name: string): Outcome {
  const isWaiting = result instanceof WaitingForApproval;
  if (secret !== undefined) {
    const file = isWaiting ? keyFileName(name, result.waitsAt.params.id) : fileName(displayName(result), "key");
    renameSecretFile(secret, file);
  }
  return { result, secret: secret ?? (isWaiting ? undefined : keepFile(result)) };
}

/** Name of the file with the private key of a certificate request. */
export function keyFileName(name: string, request: string): string {
  return fileName(`${fileName(name, "x").slice(0, -2).slice(0, 40)}-${request}`, "key");
}

/** The PKCS #12 file that the server returns once. */
function keepFile(certificate: Certificate | KeyedCertificate): number | undefined {
  const content = "private_key" in certificate ? certificate.private_key : null;
  return content
    ? keepSecretFile(bytesOfBase64(content), fileName(displayName(certificate), "p12"), PKCS12)
    : undefined;
}

function waitOr(error: unknown): WaitingForApproval {
  if (error instanceof WaitingForApproval) return error;
  throw error;
}

async function certify(form: IssueForm, csr: string | undefined, rekeys: string | undefined) {
  if (rekeys === undefined) {
    const { data } = await rest.issueCertificate({ body: bodyOf(form, csr) });
    return done(data);
  }
  const validity = form.validity ? { validity: form.validity } : {};
  const body = { ...keyOf(form, csr), ...validity };
  const { data } = await rest.rekeyCertificate({ path: { certificate: rekeys }, body });
  return done(data);
}
