export { EnrollmentPage } from "./page";
export { credentialsQuery, protocolsQuery } from "./queries";
export { PROTOCOLS } from "./search";
