import { useTranslation } from "react-i18next";
import { type CertificateRequest, type RequestEditBody, rest } from "@/api";
import type { Decision } from "@/features/approvals";
import { keyFileName, useKeptKey } from "@/features/certificates";
import { isBrowserKey } from "@/lib/browser-key";
import { bytesOfBase64, download, fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { parseSans } from "@/lib/sans";
import { renameSecretFile } from "@/lib/secret-files";
import { useChange } from "@/shared/change";
import { requestBody, type SubmitForm } from "./submit/form";

export interface Submitted {
  request: CertificateRequest;
  /** ID of the file with the private key, where this browser generated it. */
  secret: number | undefined;
}

/** Submits the request, with a key of this browser where the form says so; the key's file has the request's ID. */
export function useSubmitRequest(onDone: (submitted: Submitted) => unknown) {
  const { t } = useTranslation();
  const sendWithKey = useKeptKey();
  return useChange({
    send: async (values: SubmitForm): Promise<{ data: Submitted }> => {
      const { source, key_type } = values;
      const type = source === "browser" && isBrowserKey(key_type) ? key_type : undefined;
      const name = displayName({ subject: "", sans: parseSans(values.sans) });
      const { result, secret } = await sendWithKey(type, name, async (csr) => {
        return (await rest.submitRequest({ body: requestBody(values, csr) })).data;
      });
      if (secret !== undefined) renameSecretFile(secret, keyFileName(name, result.id));
      return { data: { request: result, secret } };
    },
    changes: ["request"],
    message: t("requests.submitted"),
    onDone,
  });
}

/** Edits a request, based on exactly the plan of `request`. */
export function useEditRequest(request: CertificateRequest, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: (body: RequestEditBody) => rest.editRequest({ path: { request: request.id }, body }),
    changes: ["request"],
    message: t("requests.edited"),
    onDone,
  });
}

/** Has the server generate the key and issue the certificate, and stores the file that it returns once. */
export function useCollectRequest(request: CertificateRequest, onDone: () => void) {
  const { t } = useTranslation();
  return useChange({
    send: async (passphrase: string) => {
      const { data } = await rest.collectRequest({ path: { request: request.id }, body: { passphrase } });
      if (data.private_key !== null) {
        download(bytesOfBase64(data.private_key), fileName(displayName(request), "p12"), "application/x-pkcs12");
      }
      return { data };
    },
    changes: ["request", "certificate"],
    message: ({ private_key }) => t(private_key === null ? "requests.collectedBefore" : "requests.collected"),
    onDone,
  });
}

export function useCommentRequest(request: string, onDone: () => void) {
  return useChange({
    send: (text: string) => rest.commentRequest({ path: { request }, body: { text } }),
    changes: ["request"],
    onDone,
  });
}

/** Calls the operation of a decision about a request. */
export function decideRequest(
  decision: Decision,
  request: CertificateRequest,
  reason: string,
): Promise<{ data: unknown }> {
  const path = { request: request.id };
  switch (decision) {
    case "approve":
      return rest.approveRequest({ path, body: { plan_sha256: request.plan_sha256 } });
    case "withdraw":
      return rest.withdrawRequestApproval({ path });
    case "reject":
      return rest.rejectRequest({ path, body: { reason } });
    case "cancel":
      return rest.cancelRequest({ path });
    case "override": {
      const approval = request.approvals?.approval ?? "";
      const body = { sha256: request.plan_sha256, reason };
      return rest.overrideApproval({ path: { approval }, body });
    }
  }
}
