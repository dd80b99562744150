export { ExternalParentPage } from "./certificate/page";
export { CreateCaPage } from "./create/page";
export { CrossSignPage } from "./cross-sign/page";
export { CaPage } from "./detail/page";
export { CasPage } from "./page";
export { type CaAct, useCaConsequences } from "./parts/consequences";
export {
  backendsQuery,
  caQuery,
  casQuery,
  crlsQuery,
  keysOfQuery,
  useBackends,
  useCaNames,
  useCas,
  useIssuingCas,
} from "./queries";
export { RotateCaPage } from "./rotate/page";
export { caSearch } from "./search";
export { CaBadge } from "./status";
