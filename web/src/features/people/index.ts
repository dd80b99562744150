export { PersonPage } from "./detail/page";
export { PeoplePage } from "./page";
export { userGrantsQuery, userIdentitiesQuery, userQuery, usersQuery } from "./queries";
