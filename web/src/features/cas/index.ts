export { CaBadge } from "./ca-badge";
export { CreateCaPage } from "./create-page";
export { CaPage } from "./detail-page";
export { CasPage } from "./list-page";
export { useBackends, useCaNames, useCas } from "./queries";
export { CA_TABS, type CaTab } from "./tabs";
