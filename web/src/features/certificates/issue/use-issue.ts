import { useMutation } from "@tanstack/react-query";
import { type Certificate, done, type KeyedCertificate, rest, WaitingForApproval } from "@/api";
import { isBrowserKey } from "@/lib/browser-key";
import { bytesOfBase64, fileName } from "@/lib/download";
import { displayName } from "@/lib/names";
import { parseSans } from "@/lib/sans";
import { keepSecretFile, PKCS12, renameSecretFile } from "@/lib/secret-files";
import { useRefreshCertificates } from "../queries";
import { bodyOf, type IssueForm, keyOf } from "./form";
import { type Kept, useKeptKey } from "./kept-key";

export type Outcome = Kept<Certificate | WaitingForApproval>;

/** Generates the key in its place and has the certificate issued: a new one, or one that replaces `rekeys`. */
export function useIssue(rekeys: string | undefined) {
  const refresh = useRefreshCertificates();
  const sendWithKey = useKeptKey();
  return useMutation({
    mutationFn: async (form: IssueForm): Promise<Outcome> => {
      const type = form.source === "browser" && isBrowserKey(form.keyType) ? form.keyType : undefined;
      const name = displayName({ subject: form.subject.trim(), sans: parseSans(form.sans) });
      const kept = await sendWithKey(type, name, (csr) =>
        certify(form, form.source === "csr" ? form.csr : csr, rekeys).catch(waitOr),
      );
      return named(kept, name);
    },
    onSuccess: () => refresh(),
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
