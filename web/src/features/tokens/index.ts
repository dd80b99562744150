export { TokensPage } from "./page";
export { tokensQuery } from "./queries";
