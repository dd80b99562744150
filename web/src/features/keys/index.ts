export { KeysPage } from "./page";
