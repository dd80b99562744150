import { useMutation } from "@tanstack/react-query";
import { type Certificate, done, type KeyedCertificate, rest } from "@/api";
import { type BrowserKey, makeBrowserKey } from "@/lib/browser-key";
import { useRefresh } from "../queries";
import { bodyOf, type IssueForm, isBrowserKey, keyOf } from "./form";

export interface Issued {
  certificate: Certificate | KeyedCertificate;
  /** PKCS#8 PEM, when the key was made in this browser. */
  privateKey: string | undefined;
}

/** Makes the key where it was asked for, and has it certified: anew, or in place of the certificate `rekeys`. */
export function useIssue(rekeys: string | undefined) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (form: IssueForm): Promise<Issued> => {
      const made = await ownKey(form);
      const csr = form.source === "csr" ? form.csr : made?.csr;
      const certificate = await certify(form, csr, rekeys);
      return { certificate, privateKey: made?.privateKey };
    },
    onSuccess: () => refresh(),
  });
}

async function ownKey(form: IssueForm): Promise<BrowserKey | undefined> {
  return form.source === "browser" && isBrowserKey(form.keyType) ? makeBrowserKey(form.keyType) : undefined;
}

async function certify(form: IssueForm, csr: string | undefined, rekeys: string | undefined) {
  if (rekeys === undefined) {
    const { data } = await rest.issueCertificate({ body: bodyOf(form, csr), throwOnError: true });
    return done(data);
  }
  const validity = form.validity ? { validity: form.validity } : {};
  const body = { ...keyOf(form, csr), ...validity };
  const { data } = await rest.rekeyCertificate({ path: { certificate: rekeys }, body, throwOnError: true });
  return done(data);
}
