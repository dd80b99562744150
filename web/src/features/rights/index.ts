export { RolesPage } from "./roles-page";
export { scopePairs } from "./scope-pairs";
export { TeamsPage } from "./teams-page";
