export { KeysPage } from "./page";
export { blockedKeysQuery } from "./queries";
