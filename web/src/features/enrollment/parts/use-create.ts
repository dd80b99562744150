import { useMutation } from "@tanstack/react-query";
import { type CreateCredentialResponse, type EnrollmentProtocol, rest } from "@/api";
import { type CredentialForm, credentialBody, openKeyBody } from "../form";
import type { IssuedCredential } from "./issued";

/** Creates a credential and returns it with its secret. */
export function useCreate(protocol: EnrollmentProtocol) {
  return useMutation({
    mutationFn: async (form: CredentialForm): Promise<IssuedCredential> => {
      if (protocol === "acme" && form.open) return createOpenKey(form);
      const { data } = await rest.createCredential({ body: credentialBody(protocol, form) });
      return { credential: data, secret: secretOf(data) ?? "" };
    },
  });
}

async function createOpenKey(form: CredentialForm): Promise<IssuedCredential> {
  const key = (await rest.createAcmeKey({ body: openKeyBody(form) })).data;
  const { data } = await rest.getCredential({ path: { credential: key.id } });
  return { credential: data, secret: key.hmac_key ?? "" };
}

function secretOf(credential: CreateCredentialResponse): string | null {
  if (credential.protocol === "est") return credential.password;
  if (credential.protocol === "scep") return credential.challenge;
  return credential.protocol === "cmp" ? credential.secret : credential.hmac_key;
}
