export { JOB_STATES, JobsPage } from "./page";
