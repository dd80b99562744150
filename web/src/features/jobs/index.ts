export { JobsPage } from "./page";
export { JOB_STATES } from "./search";
