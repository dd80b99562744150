export { RolesPage } from "./page";
export { scopePairs } from "./parts/scope-pairs";
export { TeamsPage } from "./teams/page";
