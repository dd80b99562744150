import { type AcmeAccount, type CreateCredentialResponse, type Credential, type EnrollmentProtocol, rest } from "@/api";
import { useChange } from "@/shared/change";
import { type CredentialForm, credentialBody, openKeyBody } from "./parts/form";

export interface IssuedCredential {
  credential: Credential;
  /** Null if the credential has none. */
  secret: string | null;
}

/** Creates a credential and hands it on with its secret. */
export function useCreateCredential(protocol: EnrollmentProtocol, onDone: (issued: IssuedCredential) => void) {
  return useChange({
    send: async (form: CredentialForm) => {
      if (protocol === "acme" && form.open) return createOpenKey(form);
      const { data } = await rest.createCredential({ body: credentialBody(protocol, form) });
      return { data: { credential: data as Credential, secret: secretOf(data) } };
    },
    changes: ["token"],
    onDone,
  });
}

async function createOpenKey(form: CredentialForm): Promise<{ data: IssuedCredential }> {
  const key = (await rest.createEabKey({ body: openKeyBody(form) })).data;
  const { data } = await rest.getCredential({ path: { credential: key.id } });
  return { data: { credential: data, secret: key.hmac_key ?? null } };
}

function secretOf(credential: CreateCredentialResponse): string | null {
  if (credential.protocol === "est") return credential.password;
  if (credential.protocol === "scep") return credential.challenge;
  return credential.protocol === "cmp" ? credential.secret : credential.hmac_key;
}

export function useRevokeCredential(credential: Credential, onDone: () => void) {
  return useChange({
    send: () => rest.revokeCredential({ path: { credential: credential.id } }),
    changes: ["token"],
    onDone,
  });
}

export function useRevokeAccount(account: AcmeAccount, onDone: () => void) {
  return useChange({
    send: () => rest.revokeAcmeAccount({ path: { account: account.id } }),
    changes: ["token"],
    onDone,
  });
}
