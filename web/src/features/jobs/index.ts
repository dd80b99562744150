export { JobsPage } from "./page";
export { JobAct, JobBadge } from "./parts/act";
export { JOB_STATES } from "./search";
