export { JobsPage } from "./page";
export { JobAct } from "./parts/act";
export { jobsQuery } from "./queries";
export { jobSearch } from "./search";
export { JobBadge } from "./status";
