export { CaBadge } from "./ca-badge";
export { CreateCaPage } from "./create-page";
export { CA_TABS, CaPage, type CaTab } from "./detail-page";
export { CasPage } from "./list-page";
export { useBackends, useCaNames, useCas } from "./queries";
