export { CaBadge } from "./ca-badge";
export { CreateCaPage } from "./create-page";
export { CrossSignPage } from "./cross-sign-page";
export { CaPage } from "./detail-page";
export { ExternalParentPage } from "./external-page";
export { CasPage } from "./list-page";
export { useBackends, useCaNames, useCas, useIssuingCas } from "./queries";
export { RotateCaPage } from "./rotate-page";
export { CA_TABS, type CaTab } from "./tabs";
