export { TokensPage } from "./page";
