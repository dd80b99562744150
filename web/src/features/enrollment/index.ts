export { EnrollmentPage } from "./page";
export { PROTOCOLS } from "./search";
