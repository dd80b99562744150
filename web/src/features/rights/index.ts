export { RolesPage } from "./page";
export { scopePairs } from "./parts/scope-pairs";
export { permissionsQuery, rolesQuery, teamsQuery } from "./queries";
export { TeamsPage } from "./teams/page";
