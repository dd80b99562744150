export { JobAct, JobBadge } from "./act";
export { JobsPage } from "./page";
export { JOB_STATES } from "./search";
