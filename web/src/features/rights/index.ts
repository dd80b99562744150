export { RolesPage } from "./roles-page";
export { TeamsPage } from "./teams-page";
