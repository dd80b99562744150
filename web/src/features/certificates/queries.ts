import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, rest, useRefresh } from "@/api";
import { useMay } from "@/features/session";
import { BY_CURSOR } from "@/lib/pages";
import { DAY } from "@/lib/time";
import type { CertificateSearch } from "./search";

const PAGE = 100;

/** The list behind the filters, page after page. */
export function useCertificates(search: CertificateSearch) {
  const { within, query, ...rest } = search;
  // To the hour, so that the list has the same key while one looks at it.
  const expires =
    within === undefined ? undefined : new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + within * DAY);
  return useInfiniteQuery({
    ...api.listCertificatesInfiniteOptions({
      query: {
        ...rest,
        ...(query && { query }),
        ...(expires && { expires_before: expires.toISOString() }),
        limit: PAGE,
      },
    }),
    ...BY_CURSOR,
    placeholderData: (before) => before,
  });
}

/** One certificate; asked again when the page is looked at again. */
export function useCertificate(id: string) {
  return useQuery(api.getCertificateOptions({ path: { certificate: id } }));
}

/** What OCSP and the CRLs say of it, as it is published right now. */
export function useToldStatus(id: string) {
  return useQuery(api.getCertificateStatusOptions({ path: { certificate: id } }));
}

/** What is inside of PEM text, by the server's own reader; null while the role may not use it. */
export function useDecoded(pem: string | undefined) {
  const may = useMay("tools:use");
  return useQuery({
    queryKey: ["decoded", pem],
    queryFn: async ({ signal }) => {
      const { data } = await rest.decode({ body: { data: pem ?? "" }, signal });
      return data.objects;
    },
    enabled: may && pem !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** From the certificate to the root. */
export function useChain(id: string) {
  const chain = useQuery(api.getCertificateChainOptions({ path: { certificate: id } }));
  return useDecoded(chain.data?.chain_pem);
}

/** Reads again what is shown of certificates, after a change of one. */
export function useRefreshCertificates(): () => Promise<void> {
  return useRefresh("certificate", "request", "job");
}
