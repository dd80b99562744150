import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, rest } from "@/api";
import { useMay } from "@/features/session";
import { BY_CURSOR, usePages } from "@/lib/pages";
import { DAY } from "@/lib/time";
import type { CertificateSearch } from "./search";

const PAGE = 100;
const HOUR = 3_600_000;

export const certificateQuery = (certificate: string) => api.getCertificateOptions({ path: { certificate } });
export const publishedStatusQuery = (certificate: string) => api.getCertificateStatusOptions({ path: { certificate } });
export const chainQuery = (certificate: string) => api.getCertificateChainOptions({ path: { certificate } });

/** The list behind the filters, page after page. */
export function certificatesQuery({ within, query, ...others }: CertificateSearch) {
  // To the hour, so that the list has the same key while the user looks at it.
  const expires = within === undefined ? undefined : new Date(Math.ceil(Date.now() / HOUR) * HOUR + within * DAY);
  return {
    ...api.listCertificatesInfiniteOptions({
      query: {
        ...others,
        ...(query && { query }),
        ...(expires && { expires_before: expires.toISOString() }),
        limit: PAGE,
      },
    }),
    ...BY_CURSOR,
  };
}

export function useCertificates(search: CertificateSearch) {
  return usePages(useInfiniteQuery({ ...certificatesQuery(search), placeholderData: (before) => before }));
}

/** One certificate; requested again when the page is opened again. */
export function useCertificate(id: string) {
  return useQuery(certificateQuery(id));
}

/** What OCSP and the CRLs say of a certificate, as it is published right now. */
export function usePublishedStatus(id: string) {
  return useQuery(publishedStatusQuery(id));
}

/** The objects in PEM text, by the server's own reader; not requested without the permission to use the tools. */
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
  return useDecoded(useQuery(chainQuery(id)).data?.chain_pem);
}
