export { CertificatePage } from "./detail/page";
export { IssuerFields, useLacksRootConsent } from "./issue/issuer-fields";
export { useKeptKey } from "./issue/kept-key";
export { IssuePage } from "./issue/page";
export { LIFETIMES } from "./issue/validity-field";
export { keyFileName } from "./mutations";
export { CertificatesPage } from "./page";
export { certificateQuery, certificatesQuery, chainQuery, publishedStatusQuery, useDecoded } from "./queries";
export { type CertificateSearch, certificateSearch, certificateTabSearch, issueSearch } from "./search";
