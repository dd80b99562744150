import { type DecodeBody, rest, type VerifyBody } from "@/api";
import { spkiOfPrivateKey } from "@/lib/private-key";
import { useChange } from "@/shared/change";

export function useDecode() {
  return useChange({ send: (body: DecodeBody) => rest.decode({ body }) });
}

export function useLint() {
  return useChange({ send: (data: string) => rest.lint({ body: { data } }) });
}

export function useVerify() {
  return useChange({ send: (body: VerifyBody) => rest.verify({ body }) });
}

/** Reads a private key in the browser, and has the server decode what it is compared with. */
export function useCompare() {
  return useChange({
    send: async ({ key, data }: { key: string; data: string }) => {
      const spki = await spkiOfPrivateKey(key);
      const decoded = await rest.decode({ body: { data } });
      return { data: { spki, objects: decoded.data.objects.filter((object) => object.key?.spki_sha256) } };
    },
  });
}
