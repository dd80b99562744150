export { CertificatePage } from "./detail-page";
export { Extensions } from "./extensions";
export { IssuePage } from "./issue/issue-page";
export { IssuerFields, LIFETIMES } from "./issue/issuer-fields";
export { CertificatesPage } from "./list-page";
export { useDecoded } from "./queries";
export { type CertificateSearch, certificateSearch } from "./search";
export { TABS, type Tab } from "./tabs";
export { lintText, WouldBe } from "./would-be";
