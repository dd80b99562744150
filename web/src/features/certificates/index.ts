export { CertificatesPage } from "./list-page";
export { certificateSearch } from "./search";
